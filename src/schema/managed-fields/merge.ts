// Merging an applied configuration into a live object, by schema. It refuses to remove anything (see remove.ts): what
// the
// configuration does not name stays, lists keep both sides' order as far as that is possible.
import { isJsonObject, setKey } from "../freeze.ts";
import type { Node } from "../node.ts";
import type { PathElement } from "./path-element.ts";
import { shapeOf } from "./topology.ts";

/**
 * `live` with `config` merged in; parts that do not change are shared with `live`. The configuration has been checked:
 * its lists have no duplicates. Null in the configuration is a value for leaves and "nothing" for maps and lists.
 */
export function mergeConfig(node: Node, live: unknown, config: unknown): unknown {
  if (config === undefined || live === config) return live;
  if (live === undefined) return config;
  const shape = shapeOf(node, config ?? live);
  if (shape.type === "leaf") return config;
  if (shape.type === "map") {
    const left = isJsonObject(live) ? live : {};
    if (!isJsonObject(config)) return Object.keys(left).length > 0 ? live : config;
    return mergeMaps(shape.child, left, config);
  }
  const left = Array.isArray(live) ? live : [];
  if (!Array.isArray(config) || config.length === 0) return left.length > 0 ? live : config;
  return left.length === 0 ? config : mergeLists(shape, left, config);
}

function mergeMaps(
  child: (key: string) => Node | undefined,
  live: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): unknown {
  let result: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(config)) {
    const node = child(key);
    if (!node) continue;
    const held = Object.hasOwn(live, key) ? live[key] : undefined;
    const merged = mergeConfig(node, held, value);
    if (merged === held) continue;
    result ??= { ...live };
    setKey(result, key, merged);
  }
  return result ?? live;
}

interface ListShape {
  readonly items: Node;
  readonly element: (item: unknown) => PathElement | undefined;
}

/**
 * Both lists in one. Items that both have come in the configuration's order; the others keep their place behind the
 * item that they follow, the live ones first. Live duplicates that the configuration names collapse into its item.
 */
function mergeLists(shape: ListShape, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const left = indexed(shape, live);
  const right = indexed(shape, config);
  const shared = right.order.filter((element) => left.items.has(element));
  const done = new Set<PathElement>();
  const result: unknown[] = [];
  const take = (element: PathElement) => {
    done.add(element);
    result.push(mergeConfig(shape.items, left.items.get(element) ?? undefined, right.items.get(element)));
  };
  let l = 0;
  let r = 0;
  let s = 0;
  while (l < left.order.length || r < right.order.length) {
    const mine = left.order[l];
    const theirs = right.order[r];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        take(mine);
        l++;
        r++;
        s++;
        continue;
      }
      // A shared item whose turn has not come: it is taken when the configuration reaches it.
      if (right.items.has(mine) && s < shared.length && shared[s] !== mine) {
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!right.items.has(mine)) {
        result.push(live[left.places[l]!]);
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (theirs !== undefined) {
      take(theirs);
      r++;
      if (shared[s] === theirs) s++;
    }
  }
  return result;
}

/** The identities of a list in order, their items (null where several share one), and where each stands. */
function indexed(shape: ListShape, list: readonly unknown[]) {
  const order: PathElement[] = [];
  const places: number[] = [];
  const items = new Map<PathElement, unknown>();
  for (const [place, item] of list.entries()) {
    const element = shape.element(item);
    if (element === undefined) continue;
    order.push(element);
    places.push(place);
    items.set(element, items.has(element) ? null : item);
  }
  return { order, places, items };
}
