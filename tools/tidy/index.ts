// The rules of the repository, in the order in which they are read out.
import { cycles } from "./cycles.ts";
import { deadFiles } from "./dead-files.ts";
import { escapes } from "./escapes.ts";
import { firstLine } from "./first-line.ts";
import { floors } from "./floors.ts";
import { indexLists } from "./index-lists.ts";
import { lock } from "./lock.ts";
import { names } from "./names.ts";
import { noHostPaths } from "./no-host-paths.ts";
import { nodeModules } from "./node-modules.ts";
import { roomsDescribed } from "./rooms-described.ts";
import { size } from "./size.ts";
import type { Rule } from "./tree.ts";
import { world } from "./world.ts";

export const rules: readonly Rule[] = [
  floors,
  cycles,
  deadFiles,
  names,
  world,
  nodeModules(),
  indexLists,
  firstLine,
  size,
  escapes,
  roomsDescribed,
  noHostPaths,
  lock,
];
