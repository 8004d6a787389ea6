// All fuzz targets, in the order in which bytes travel: bodies, requests, streams, names, files.
import { cel } from "./cel.ts";
import type { Target } from "../target.ts";
import { bodies } from "./bodies.ts";
import { bearerTokens, certificates } from "./credentials.ts";
import { decode } from "./decode.ts";
import { dataFiles, imageArchive, kubeconfig, logLines } from "./files.ts";
import { grpc } from "./grpc.ts";
import { json, jsonSyntax } from "./json.ts";
import { fieldsV1, managedFields } from "./managed-fields.ts";
import { grpcMessages } from "./messages.ts";
import { dnsQuery, dnsReply } from "./names.ts";
import { apply, jsonPatch, mergePatch, strategicMerge } from "./patches.ts";
import { protobuf, watchFrame } from "./protobuf.ts";
import { continueTokens, mediaTypes, paths, queryOptions } from "./requests.ts";
import { address, duration, namedFormats, quantity, timestamp } from "./scalars.ts";
import { fieldSelector, labelSelector, labelSelectorObject } from "./selectors.ts";
import { channels, commandEnd, spdyConnection, spdyFrames, spdyHeaders, terminalSizes } from "./streams.ts";
import { yaml } from "./yaml.ts";

export const targets: readonly Target[] = [
  json,
  jsonSyntax,
  yaml,
  decode,
  protobuf,
  watchFrame,
  bodies,
  jsonPatch,
  mergePatch,
  strategicMerge,
  apply,
  fieldsV1,
  managedFields,
  paths,
  queryOptions,
  continueTokens,
  mediaTypes,
  cel,
  labelSelector,
  labelSelectorObject,
  fieldSelector,
  quantity,
  duration,
  timestamp,
  address,
  namedFormats,
  bearerTokens,
  certificates,
  spdyFrames,
  spdyHeaders,
  spdyConnection,
  channels,
  terminalSizes,
  commandEnd,
  grpcMessages,
  grpc,
  dnsQuery,
  dnsReply,
  logLines,
  kubeconfig,
  imageArchive,
  dataFiles,
];
