// Answers of Kaji's DNS for each second of its process' processor time, beside an echo over UDP in bare Node. It refuses to
// know how the answers come about. The echo is this file, too, run as a process of its own.
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { cpuSeconds } from "./process-cost.ts";
import { rate, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";

const IN_FLIGHT = 64;

/** A query for the address of a name. */
function query(name: string): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const head = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

/** Answers for each processor second of `pid`; a lost answer is asked for again after a second. */
async function ask(address: string, port: number, pid: number, message: Buffer, count: number): Promise<number> {
  const socket: Socket = createSocket("udp4");
  socket.connect(port, address);
  await new Promise((resolve) => socket.once("connect", resolve));
  const before = cpuSeconds(pid);
  let answered = 0;
  const send = () => socket.send(message);
  await new Promise<void>((resolve, reject) => {
    let seen = -1;
    const again = setInterval(() => {
      if (answered === seen) for (let i = 0; i < IN_FLIGHT; i++) send();
      seen = answered;
    }, 1000);
    socket.on("error", reject);
    socket.on("message", () => {
      if (++answered < count) return send();
      clearInterval(again);
      resolve();
    });
    for (let i = 0; i < IN_FLIGHT; i++) send();
  });
  socket.close();
  return answered / Math.max(cpuSeconds(pid) - before, 0.01);
}

export async function dnsRows(options: { address: string; pid: number; quick: boolean }): Promise<Row[]> {
  const { address, pid, quick } = options;
  const count = quick ? 20_000 : 60_000;
  const message = query("kubernetes.default.svc.cluster.local");
  const echo = fork(import.meta.filename, [], { stdio: "inherit" });
  try {
    const port = await new Promise<number>((resolve) => echo.once("message", (value) => resolve(value as number)));
    await ask("127.0.0.1", port, echo.pid!, message, 2000);
    await ask(address, 53, pid, message, 2000);
    const bare = await ask("127.0.0.1", port, echo.pid!, message, count);
    const figure = await ask(address, 53, pid, message, count);
    return [rate("DNS: a service's address", "1/cpu s", figure, bare, ratioOf(0.4))];
  } finally {
    echo.disconnect();
  }
}

if (import.meta.main) {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(0, "127.0.0.1", () => process.send!(socket.address().port));
  process.on("disconnect", () => process.exit(0));
}
