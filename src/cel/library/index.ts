// The libraries that Kubernetes gives its expressions, in no particular order.
import type { Overload } from "../environment.ts";
import { formats, semvers } from "./formats.ts";
import { lists, sets } from "./lists.ts";
import { network } from "./network.ts";
import { operators } from "./operators.ts";
import { optionals } from "./optionals.ts";
import { quantities } from "./quantity.ts";
import { regular } from "./regular.ts";
import { standard } from "./standard.ts";
import { text } from "./text.ts";

export const libraries: readonly (readonly Overload[])[] = [
  operators,
  standard,
  text,
  lists,
  sets,
  regular,
  optionals,
  quantities,
  network,
  formats,
  semvers,
];
