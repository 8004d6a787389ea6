// All fuzz targets, in the order in which bytes travel: bodies, requests, streams, names, files.
import type { Target } from "../target.ts";
import { bodies } from "./bodies.ts";
import { decode } from "./decode.ts";
import { json, jsonSyntax } from "./json.ts";
import { fieldsV1, managedFields } from "./managed-fields.ts";
import { grpcMessages } from "./messages.ts";
import { apply, jsonPatch, mergePatch, strategicMerge } from "./patches.ts";
import { protobuf, watchFrame } from "./protobuf.ts";
import { continueTokens, mediaTypes, paths, queryOptions } from "./requests.ts";
import { address, duration, namedFormats, quantity, timestamp } from "./scalars.ts";
import { fieldSelector, labelSelector, labelSelectorObject } from "./selectors.ts";
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
  labelSelector,
  labelSelectorObject,
  fieldSelector,
  quantity,
  duration,
  timestamp,
  address,
  namedFormats,
  grpcMessages,
];
