// The commands by name: what is done once with an object of its own as the body. It refuses to do them; each has its
// file.
import { StatusError } from "../../schema/meta/status.ts";
import type { CommandName, KubeObject, Subresource } from "../../schema/resource.ts";
import type { Wanted } from "../kinds.ts";
import { applyDefaults } from "../../schema/default.ts";
import type { Answer, Call } from "../verbs/call.ts";
import { mutated, validated } from "../verbs/finish.ts";
import type { WriteOptions } from "../verbs/options.ts";
import { bind } from "./binding.ts";
import { evict } from "./eviction.ts";
import { issueToken } from "./token.ts";

type Command = (call: Call, body: KubeObject, options: WriteOptions) => Promise<Answer>;

const commands: Partial<Record<CommandName, Command>> = { binding: bind, eviction: evict, token: issueToken };

const BODIES: Partial<Record<CommandName, string>> = {
  binding: "v1 Binding",
  eviction: "policy/v1 Eviction",
  token: "authentication.k8s.io/v1 TokenRequest",
};

/** What the body of a command must be. */
export function commandBody(call: Call, command: Subresource & { readonly type: "command" }): Wanted {
  const { of, name } = command;
  const key = of === undefined ? (BODIES[name] ?? "") : `${of.group ? `${of.group}/` : ""}${of.version} ${of.kind}`;
  const kind = call.parts.bodies.get(key);
  if (kind === undefined) throw unserved(call);
  return {
    apiVersion: kind.apiVersion,
    kind: kind.resource.kind,
    schema: kind.schema,
    ...(name === "eviction" && { aliases: ["policy/v1beta1"] }),
  };
}

/** A command passes admission as the creation of its body under the subresource: what is done is what plugins made of it. */
export async function runCommand(
  call: Call,
  name: CommandName,
  body: KubeObject,
  options: WriteOptions,
): Promise<Answer> {
  const command = commands[name];
  if (command === undefined) throw unserved(call);
  const kind = call.parts.bodies.get(`${body.apiVersion ?? ""} ${body.kind ?? ""}`);
  const whole = kind === undefined ? body : (applyDefaults(kind.schema, body) as KubeObject);
  const admitted = await mutated(call, "create", whole, undefined, options.dryRun, kind);
  await validated(call, "create", admitted, undefined, options.dryRun, kind);
  return command(call, admitted, options);
}

const unserved = ({ served, subresource }: Call) =>
  new StatusError({ code: 501, reason: "", message: `${served.resource.plural}/${subresource} is not served` });
