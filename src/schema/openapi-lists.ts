// The list of a kind as a node: no file describes it, as all are alike. It refuses to be anything but documentation;
// lists
// on the wire are spliced from stored bytes.
import { ListMeta, typeMeta } from "./meta/object-meta.ts";
import { list, object, plain, required } from "./node.ts";
import type { AnyObjectNode } from "./node.ts";

const lists = new WeakMap<AnyObjectNode, AnyObjectNode>();

/** `ConfigMapList` of `ConfigMap`. */
export function listNodeOf(node: AnyObjectNode, kind: string): AnyObjectNode {
  let made = lists.get(node);
  if (!made) {
    made = object(node.name.replace(/[^.]*$/, `${kind}List`), {
      ...typeMeta,
      metadata: plain(1, ListMeta, "Standard metadata of a list."),
      items: required(2, list(node), "The objects."),
    });
    lists.set(node, made);
  }
  return made;
}
