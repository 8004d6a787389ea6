// Reading back what write.ts wrote, or what another API server sent: JSON to an object as the rest of the house knows
// it. It refuses to check: the bytes come from a store or a server, not from a user (decode.ts is for those).
//
// Upstream writes `null` for an empty list without omitempty (`"rules":null`) and for an unset time; in memory the
// list is there and the time is absent, so that nobody has to ask twice.
import { parseJSON } from "../base/json-strict.ts";
import { applyDefaults } from "./default.ts";
import { decodeValue } from "./decode.ts";
import { deepFreeze } from "./freeze.ts";
import type { Node, ValueIn } from "./node.ts";

const decoder = new TextDecoder();

/** An object out of its bytes or text, frozen. Throws JSONSyntaxError or DecodeError for bytes that nobody wrote. */
export function readJson<N extends Node>(node: N, json: string | Uint8Array): ValueIn<N> {
  const text = typeof json === "string" ? json : decoder.decode(json);
  const value = parseJSON(text);
  // Most objects hold no null and stand in their form already: then parsing is all there is to do.
  return text.includes("null") ? settled(node, value) : (deepFreeze(value) as ValueIn<N>);
}

/** The same for a value that was parsed already, such as an item of a list or an event of a watch. */
export function readValue<N extends Node>(node: N, value: unknown): ValueIn<N> {
  return settled(node, value);
}

function settled<N extends Node>(node: N, value: unknown): ValueIn<N> {
  return applyDefaults(node, decodeValue(node, value).value);
}
