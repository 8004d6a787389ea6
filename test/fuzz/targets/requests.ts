// The outside of a request: path, query options, continue tokens, Accept and Content-Type.
import assert from "node:assert/strict";
import { logQuery } from "../../../src/apiserver/connect/log-options.ts";
import { bodyType, FULL_OFFER, negotiate, PLAIN_OFFER, WATCH_OFFER } from "../../../src/apiserver/negotiation.ts";
import { isLongRunning, pathTail, requestInfo, segmentsOf } from "../../../src/apiserver/request-info.ts";
import { continueAt, continueToken } from "../../../src/apiserver/verbs/continue-token.ts";
import { deleteOptions, listOptions, patchOptions, writeOptions } from "../../../src/apiserver/verbs/options.ts";
import { StatusError } from "../../../src/schema/meta/status.ts";
import { recordedRequests } from "../corpus.ts";
import { nothing } from "../target.ts";
import type { Target } from "../target.ts";

/** A Status that blames the client. */
const refused = (error: unknown): boolean => error instanceof StatusError && error.code >= 400 && error.code < 500;

const recordedPaths = (): string[] =>
  ["list", "watch", "meta", "discovery", "negotiation"]
    .flatMap((suite) => recordedRequests(suite))
    .map(({ path }) => path ?? "");

export const continueTokens: Target = {
  name: "continue-token",
  text: true,
  words: ["=", "-", "_", "eyJ", "meta.k8s.io/v1", '{"v":"meta.k8s.io/v1","rv":5,"start":"a/b"}'],
  seeds: () => [
    continueToken(5, "default/a"),
    continueToken(-1, "x"),
    Buffer.from('{"v":"meta.k8s.io/v1","rv":1e999,"start":"../x"}').toString("base64url"),
    "e30=",
  ],
  allows: refused,
  run(input) {
    // Half of the inputs are what a token holds, the others are the token.
    const text = input.includes("{") ? input.toString("base64url") : input.toString("utf8");
    const { revision, start } = continueAt(text);
    assert.ok(Number.isSafeInteger(revision) && start !== "");
    assert.deepEqual(continueAt(continueToken(revision, start)), { revision, start });
  },
};

export const queryOptions: Target = {
  name: "query-options",
  text: true,
  words: [
    "limit=",
    "continue=",
    "resourceVersion=",
    "resourceVersionMatch=Exact",
    "NotOlderThan",
    "timeoutSeconds=",
    "sendInitialEvents=true",
    "allowWatchBookmarks=",
    "dryRun=All",
    "fieldManager=",
    "fieldValidation=Strict",
    "force=true",
    "gracePeriodSeconds=",
    "propagationPolicy=Foreground",
    "orphanDependents=",
    "tailLines=",
    "sinceTime=",
    "&",
    "%",
    "+",
    "=",
    "%ff",
    "pretty=1",
  ],
  seeds: () => [
    "limit=5&continue=abc&resourceVersion=0",
    "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=30",
    "dryRun=All&fieldManager=x&fieldValidation=Strict&force=true",
    "gracePeriodSeconds=-1&propagationPolicy=Orphan",
    "tailLines=5&sinceSeconds=3&limitBytes=100&follow=true",
  ],
  allows: refused,
  run(input) {
    const query = new URLSearchParams(input.toString("utf8"));
    const asks = [
      () => listOptions(query, true),
      () => listOptions(query, false),
      () => patchOptions(query, true),
      () => patchOptions(query, false),
      () => writeOptions("CreateOptions", query),
      () => deleteOptions(query, undefined),
      () => logQuery("p", query),
    ];
    const refusals: string[] = [];
    for (const ask of asks) {
      try {
        ask();
      } catch (error) {
        if (!refused(error)) throw error;
        refusals.push((error as StatusError).code.toString());
      }
    }
    return refusals.join(" ");
  },
};

export const paths: Target = {
  name: "paths",
  text: true,
  words: [
    "/",
    "//",
    "/api/v1",
    "/apis/apps/v1",
    "/namespaces/",
    "/watch/",
    "/proxy/",
    "/status",
    "..",
    "%2f",
    "%00",
    "/pods/a/log",
    "?watch=1",
    "&fieldSelector=metadata.name%3Da",
    "&labelSelector=",
  ],
  *seeds() {
    yield* [
      "/api/v1/namespaces/a/pods/b/status",
      "/apis/apps/v1/deployments?watch=true",
      "/api/v1/watch/namespaces/a/pods",
      "/api/v1/namespaces/a/services/https:b:1/proxy/x/../y",
      "/healthz",
      "/",
    ];
    yield* recordedPaths();
  },
  allows: nothing,
  run(input) {
    const [path = "", query = ""] = input.toString("latin1").split("?", 2);
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "constructor"];
    const method = methods[input.length % methods.length]!;
    const info = requestInfo(method, path, new URLSearchParams(query));
    for (const [key, value] of Object.entries(info))
      assert.ok(["string", "boolean", "undefined"].includes(typeof value), key);
    if (info.isResource) assert.ok(info.version !== undefined && info.resource !== undefined);
    isLongRunning(info);
    const { tail } = pathTail(segmentsOf(path));
    return `${info.isResource} ${info.verb.slice(0, 12)} ${info.subresource === ""} ${Math.min(tail.length, 5)}`;
  },
};

export const mediaTypes: Target = {
  name: "media-types",
  text: true,
  words: [
    "application/json",
    "application/vnd.kubernetes.protobuf",
    "application/yaml",
    ";as=Table",
    ";v=v1",
    ";g=meta.k8s.io",
    ",",
    ";q=0.5",
    "*/*",
    ";as=PartialObjectMetadata",
    ";charset=utf-8",
    ";",
    "=",
  ],
  *seeds() {
    yield* [
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      "application/vnd.kubernetes.protobuf;q=0.9, */*;q=0.1",
      "application/yaml; charset=utf-8",
    ];
    yield* recordedRequests("negotiation").flatMap(({ headers }) => Object.values(headers ?? {}));
  },
  allows: refused,
  run(input) {
    const text = input.toString("latin1");
    const answers = [FULL_OFFER, WATCH_OFFER, PLAIN_OFFER].map((offer) => {
      try {
        const { media, shape } = negotiate(text, offer);
        assert.ok(offer.media.includes(media));
        return shape;
      } catch (error) {
        if (!refused(error)) throw error;
        return "406";
      }
    });
    return `${answers.join(" ")} ${bodyType(text)}`;
  },
};
