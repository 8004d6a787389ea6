// Whole request bodies as the server takes them (apiserver/body.ts, patch-body.ts): compression, media type, decoding.
// Each gets an object, or a Status that blames the client.
import { EventEmitter } from "node:events";
import { gzipSync } from "node:zlib";
import { decodeBody, MOST_BODY_BYTES, rawBody } from "../../../src/apiserver/body.ts";
import { BodyTooLargeError } from "../../../src/apiserver/http/exchange.ts";
import type { Exchange } from "../../../src/apiserver/http/exchange.ts";
import type { Kinds } from "../../../src/apiserver/kinds.ts";
import { readDeleteOptions } from "../../../src/apiserver/patch-body.ts";
import { StatusError } from "../../../src/schema/meta/status.ts";
import { apiVersionOf } from "../../../src/schema/resource.ts";
import { encodeObject } from "../../../src/schema/protobuf-envelope.ts";
import { decodeValue } from "../../../src/schema/decode.ts";
import type { Target } from "../target.ts";
import { SMALL_OBJECTS } from "./decode.ts";
import { kindOf, kinds } from "./kinds.ts";

const TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", ""];
/** The kinds are asked only which groups are served. */
const served = { groups: () => [], find: () => undefined, byKind: () => undefined } as unknown as Kinds;

function exchangeOf(bytes: Buffer, headers: Readonly<Record<string, string>>): Exchange {
  const body = (limit: number) =>
    bytes.length > limit ? Promise.reject(new BodyTooLargeError("too long")) : Promise.resolve(bytes);
  const wants = Object.entries(headers);
  return {
    method: "POST",
    url: "/",
    remoteAddress: "",
    certificate: undefined,
    header: (name) => headers[name],
    headerLines: () => wants,
    onGone: () => new EventEmitter(),
    body,
    bodyStream: () => process.stdin,
    send: () => {},
    open: () => ({ write: () => true, waiting: 0, drained: () => {}, end: () => {} }),
    upgrade: undefined,
  };
}

const withHead = (type: number, bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(type), bytes]);

/** The first byte says the type, and with its upper bit that the rest is compressed. */
export const bodies: Target = {
  name: "bodies",
  slowMs: 600,
  words: ["&a ", "*a", '"a":', "- ", "k8s\0", "\x1f\x8b", "apiVersion: v1\n", "kind: Pod\n", "metadata:\n  name: a\n"],
  *seeds() {
    for (const one of SMALL_OBJECTS) {
      const resource = kinds.find(({ kind }) => "kind" in one && kind === one.kind)!;
      const text = Buffer.from(JSON.stringify(one));
      yield withHead(0, text);
      yield withHead(
        1,
        Buffer.from("apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: a\n  labels: {a: b}\ndata: *m\n"),
      );
      yield withHead(2, encodeObject(resource.schema, decodeValue(resource.schema, one).value as never));
      yield withHead(0x80, gzipSync(text));
    }
    yield withHead(
      0,
      Buffer.from('{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"a"}}'),
    );
  },
  allows: (error) => error instanceof StatusError && error.code >= 400 && error.code < 500,
  async run(input) {
    const head = input[0] ?? 0;
    const headers = {
      "content-type": TYPES[(head & 0x7f) % TYPES.length]!,
      ...(head & 0x80 && { "content-encoding": "gzip" }),
    };
    const exchange = exchangeOf(input.subarray(1), headers);
    if (input.includes("DeleteOptions")) {
      await readDeleteOptions(exchange, new URLSearchParams(), served);
      return "options";
    }
    const body = await rawBody(exchange, undefined);
    if (body.bytes.length > MOST_BODY_BYTES) throw new Error("the limit was not kept");
    const resource = kindOf(body.bytes);
    const wanted = { apiVersion: apiVersionOf(resource), kind: resource.kind, schema: resource.schema };
    const warnings: string[] = [];
    const strictness = input.length % 3 === 0 ? "Strict" : "Warn";
    decodeBody(served, body, wanted, strictness, (warning) => warnings.push(warning));
    return `${headers["content-type"]} ${resource.kind} ${warnings.length > 0}`;
  },
};
