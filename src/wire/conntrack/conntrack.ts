// What the kernel remembers of flows of UDP packets, through the program `conntrack`. It refuses to judge which of them are wrong,
// and does without where the program is absent: such flows end by themselves once they are silent.
import { execFile } from "node:child_process";

/** Packets to `port` of `address` (undefined: of whatever) that go to `target` (undefined: wherever). */
export interface UdpFlow {
  readonly address: string | undefined;
  readonly port: number;
  readonly target: { readonly ip: string; readonly port: number } | undefined;
}

/** A line for each flow: more than will be there. */
const MAX_OUTPUT = 64 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

function conntrack(args: readonly string[]): Promise<string> {
  const options = { encoding: "utf8", timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT } as const;
  return new Promise((resolve, reject) => {
    execFile("conntrack", [...args], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      // It also fails when there was nothing to forget.
      else if (error.code === "ENOENT" || stderr.includes(" 0 flow entries")) resolve("");
      else reject(new Error(`conntrack ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}

/** The arguments with which conntrack forgets such flows. */
export function forgettingOf({ address, port, target }: UdpFlow): string[] {
  const to = address === undefined ? [] : ["--orig-dst", address];
  const from = target ? ["--reply-src", target.ip, "--reply-port-src", String(target.port)] : [];
  return ["-D", "-p", "udp", ...to, "--orig-port-dst", String(port), ...from];
}

export async function forgetFlow(flow: UdpFlow): Promise<void> {
  await conntrack(forgettingOf(flow));
}

/** The arguments with which conntrack lists the flows that were translated. */
export const LISTING = ["-L", "-p", "udp", "--dst-nat"] as const;

/** The flows in such a list. */
export function flowsIn(listing: string): UdpFlow[] {
  const line = /^udp .*? src=\S+ dst=(\S+) sport=\d+ dport=(\d+) .*?src=(\S+) dst=\S+ sport=(\d+) /gm;
  return Array.from(listing.matchAll(line), ([, address, port, ip = "", targetPort]) => ({
    address,
    port: Number(port),
    target: { ip, port: Number(targetPort) },
  }));
}

export const rememberedFlows = async (): Promise<UdpFlow[]> => flowsIn(await conntrack(LISTING));
