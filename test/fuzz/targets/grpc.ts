// gRPC over a real socket (wire/grpc): messages that are none, sent to our server and answered to our client. Each call
// ends with an error of the folder, and the next call is served.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { systemClock } from "../../../src/base/clock.ts";
import { RuntimeService } from "../../../src/wire/cri/service.ts";
import { connectGrpc } from "../../../src/wire/grpc/client.ts";
import { GrpcError } from "../../../src/wire/grpc/error.ts";
import { implement, serveGrpc } from "../../../src/wire/grpc/server.ts";
import { ProtobufError } from "../../../src/wire/protobuf/codec.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

const asTheyAre = (bytes: Buffer): Buffer => bytes;
const METHOD = "/runtime.v1.RuntimeService/ListContainers";

/** Our server with a client that says anything, and a server that says anything with our client. */
async function open(folder: string) {
  const [good, bad] = [`unix://${folder}/good.sock`, `unix://${folder}/bad.sock`];
  const ours = await serveGrpc({
    address: good,
    services: [implement(RuntimeService, { listContainers: () => ({ containers: [] }) })],
  });
  const speaker = new Client(good, credentials.createInsecure());
  let said: Buffer = Buffer.alloc(0);
  const theirs = new Server();
  const definition = {
    path: METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: asTheyAre,
    requestDeserialize: asTheyAre,
    responseSerialize: asTheyAre,
    responseDeserialize: asTheyAre,
  };
  theirs.addService(
    { list: definition },
    { list: (_: unknown, done: (error: null, bytes: Buffer) => void) => done(null, said) },
  );
  await new Promise<void>((resolve, reject) =>
    theirs.bindAsync(bad, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error))),
  );
  const listener = connectGrpc({ address: bad, clock: systemClock });
  return {
    send: (bytes: Buffer) =>
      new Promise<string>((resolve) => {
        speaker.makeUnaryRequest(METHOD, asTheyAre, asTheyAre, bytes, (error) =>
          resolve(error === null ? "taken" : `code ${error.code}`),
        );
      }),
    receive: async (bytes: Buffer) => {
      said = bytes;
      return listener.client(RuntimeService).listContainers({});
    },
    close: async () => {
      speaker.close();
      listener.close();
      theirs.forceShutdown();
      await ours.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let opened: ReturnType<typeof open> | undefined;
const ends = (): ReturnType<typeof open> => (opened ??= open(mkdtempSync(path.join(tmpdir(), "kaji-fuzz-grpc-"))));

export const grpc: Target = {
  name: "grpc",
  slowMs: 1000,
  words: ["\n\x00", "\x0a\x05", "\x0b", "\x0c", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
  *seeds() {
    const { input, output } = RuntimeService.methods.ListContainers;
    yield Buffer.concat([Buffer.of(0), input.encode({ filter: { id: "a", labelSelector: { a: "b" } } })]);
    yield Buffer.concat([Buffer.of(1), output.encode({ containers: [{ id: "a", labels: { a: "b" } }, { id: "b" }] })]);
  },
  allows: only(GrpcError, ProtobufError),
  async run(input) {
    const { send, receive } = await ends();
    const bytes = input.subarray(1);
    if ((input[0] ?? 0) % 2 === 1) return `${(await receive(bytes)).containers.length}`;
    const answer = await send(bytes);
    assert.ok(answer === "taken" || answer === "code 13", `${answer}: a message that is none is Internal`);
    return answer;
  },
  async close() {
    await (await opened)?.close();
    opened = undefined;
  },
};
