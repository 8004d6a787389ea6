// What the results of probes mean for a container: started, ready, to be ended. It refuses to make probes (probes/).
import { noResultYet, withResult } from "../probes/state.ts";
import type { ProbeKind } from "../probes/state.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import type { Probe } from "../../resources/core/pod/probe.ts";
import type { WantedProbe } from "./actions.ts";
import type { ProbeNews } from "./observed.ts";
import type { Member, Situation } from "./situation.ts";

const KINDS: readonly ProbeKind[] = ["startup", "liveness", "readiness"];
const TITLE: Readonly<Record<ProbeKind, string>> = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" };

/** Ephemeral containers have none. */
export function probeOf({ role, spec }: Pick<Member, "role" | "spec">, kind: ProbeKind): Probe | undefined {
  if (role === "ephemeral" || role === "init") return undefined;
  return (spec as Container)[`${kind}Probe`];
}

/** The post-start hook has ended well, and so has the startup probe, if there are any. */
export function isStarted(member: Member): boolean {
  const { memory, running } = member;
  if (!running || memory.hook === "wanted" || memory.hook === "running" || memory.hook === "failed") return false;
  return probeOf(member, "startup") === undefined || startupPassed(member);
}

const startupPassed = ({ memory }: Member): boolean =>
  memory.probes.startup?.verdict === "success" || memory.adopted?.started === true;

/** Takes traffic. What the kubelet before this one said holds until a probe says otherwise. */
export function isReady(member: Member): boolean {
  if (!isStarted(member)) return false;
  if (probeOf(member, "readiness") === undefined) return true;
  const verdict = member.memory.probes.readiness?.verdict;
  return verdict === undefined ? member.memory.adopted?.ready === true : verdict === "success";
}

/** The probe that says this container must be ended. */
export function failedProbe(member: Member): "liveness" | "startup" | undefined {
  if (!member.running) return undefined;
  for (const kind of ["liveness", "startup"] as const) {
    if (member.memory.probes[kind]?.verdict === "failure") return kind;
  }
  return undefined;
}

/** Takes in one result. Results of a container that runs no longer mean nothing. */
export function learnProbe(situation: Situation, news: ProbeNews): void {
  const member = situation.members.find(({ name }) => name === news.container);
  const probe = member && probeOf(member, news.kind);
  if (!probe || !member.running || member.current?.id !== news.id || member.memory.id !== news.id) return;
  const { probes } = member.memory;
  probes[news.kind] = withResult(probes[news.kind] ?? noResultYet(), news.result, probe);
  const title = `${TITLE[news.kind]} probe`;
  const tell = (reason: string, message: string) => situation.plan.event("Warning", reason, message, member.name);
  if (news.result === "failure") tell("Unhealthy", `${title} failed: ${news.output}`);
  if (news.result === "unknown") tell("Unhealthy", `${title} errored and resulted in unknown state: ${news.output}`);
  if (news.result === "warning") tell("ProbeWarning", `${title} warning: ${news.output}`);
}

/** The probes that should run now: the startup probe first and alone; of a pod that ends, readiness only. */
export function wantedProbes({ members, memory, sandbox, desired }: Situation): readonly WantedProbe[] {
  const wanted: WantedProbe[] = [];
  const [podIP = desired.node.ips[0] ?? ""] = sandbox?.ips ?? [];
  for (const member of members) {
    const { current, name } = member;
    if (!member.running || current === undefined || member.memory.hook === "running") continue;
    const starting = probeOf(member, "startup") !== undefined && !startupPassed(member);
    for (const kind of KINDS) {
      if (probeOf(member, kind) === undefined || starting !== (kind === "startup")) continue;
      // A container that is to be ended has been judged.
      if (kind !== "readiness" && (memory.ending || member.memory.probes[kind]?.verdict === "failure")) continue;
      wanted.push({ kind, container: name, id: current.id, startedAt: current.startedAt, podIP });
    }
  }
  return wanted;
}
