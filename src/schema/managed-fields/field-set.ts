// Sets of field paths as immutable trees. It refuses to know schemas and managers.
//
// A node says whether its own path is a member and which steps lead on from it. Trees are shared wherever an operation
// leaves a part as it is, and an operation that changes nothing returns its first argument, so `===` tells "unchanged".
import { compareElements } from "./path-element.ts";
import type { PathElement } from "./path-element.ts";

export interface FieldNode {
  readonly member: boolean;
  /** Never empty. */
  readonly children: FieldSet | undefined;
}
export type FieldSet = ReadonlyMap<PathElement, FieldNode>;
type Growing = Map<PathElement, FieldNode>;

export const EMPTY: FieldSet = new Map();
const LEAF: FieldNode = { member: true, children: undefined };

/** A node, or undefined if there is nothing in it. */
export function nodeOf(member: boolean, children: FieldSet | undefined): FieldNode | undefined {
  const inner = children && children.size > 0 ? children : undefined;
  if (!inner) return member ? LEAF : undefined;
  return { member, children: inner };
}

/** `setOf(["f:metadata"], ["f:metadata", "f:name"])`. */
export function setOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  let result = EMPTY;
  for (const path of paths) result = union(result, single(path));
  return result;
}

function single([first, ...rest]: readonly PathElement[]): FieldSet {
  if (first === undefined) return EMPTY;
  return new Map([[first, rest.length === 0 ? LEAF : { member: false, children: single(rest) }]]);
}

export function has(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldNode | undefined;
  let children: FieldSet | undefined = set;
  for (const element of path) {
    node = children?.get(element);
    children = node?.children;
  }
  return node?.member ?? false;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || b.size === 0) return a;
  if (a.size === 0) return b;
  let result: Growing | undefined;
  for (const [element, theirs] of b) {
    const ours = a.get(element);
    const joined = ours ? unionNodes(ours, theirs) : theirs;
    if (joined === ours) continue;
    result ??= new Map(a);
    result.set(element, joined);
  }
  return result ?? a;
}

function unionNodes(a: FieldNode, b: FieldNode): FieldNode {
  const member = a.member || b.member;
  const children = a.children && b.children ? union(a.children, b.children) : (a.children ?? b.children);
  return member === a.member && children === a.children ? a : { member, children };
}

/** The paths of `a` that are not members of `b`. Members below a removed path stay. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => subtract(a, b, false);

/** The paths of `a` that are neither members of `b` nor below one. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet => subtract(a, b, true);

function subtract(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  let result: Growing | undefined;
  for (const [element, theirs] of b) {
    const ours = a.get(element);
    if (!ours) continue;
    const left = recursive && theirs.member ? undefined : subtractNode(ours, theirs, recursive);
    if (left === ours) continue;
    result ??= new Map(a);
    if (left) result.set(element, left);
    else result.delete(element);
  }
  return result ?? a;
}

function subtractNode(a: FieldNode, b: FieldNode, recursive: boolean): FieldNode | undefined {
  const member = a.member && !b.member;
  const children = a.children && b.children ? subtract(a.children, b.children, recursive) : a.children;
  return member === a.member && children === a.children ? a : nodeOf(member, children);
}

/** The paths that are members of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  const result: Growing = new Map();
  for (const [element, one] of small) {
    const other = large.get(element);
    if (!other) continue;
    const children = one.children && other.children ? intersection(one.children, other.children) : undefined;
    const node = nodeOf(one.member && other.member, children);
    if (node) result.set(element, node);
  }
  return result;
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [element, one] of a) {
    const other = b.get(element);
    if (!other || one.member !== other.member) return false;
    if (one.children === other.children) continue;
    if (!one.children || !other.children || !sameSet(one.children, other.children)) return false;
  }
  return true;
}

/** Entries in upstream's order. */
export function sortedEntries(set: FieldSet): (readonly [PathElement, FieldNode])[] {
  return [...set].sort(([a], [b]) => compareElements(a, b));
}

/** Every member's path: of each level first the members, then what is below them. */
export function* paths(set: FieldSet, prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
  const entries = sortedEntries(set);
  for (const [element, node] of entries) if (node.member) yield [...prefix, element];
  for (const [element, node] of entries) if (node.children) yield* paths(node.children, [...prefix, element]);
}

/** What was worked out of two values once, by their identities: for sets that many objects share. */
export function rememberedFor<A extends object, B extends object, R>(
  memory: WeakMap<A, WeakMap<B, R>>,
  a: A,
  b: B,
  work: () => R,
): R {
  let ofA = memory.get(a);
  if (ofA === undefined) memory.set(a, (ofA = new WeakMap()));
  let result = ofA.get(b);
  if (result === undefined) ofA.set(b, (result = work()));
  return result;
}

/** Collects paths for a walk. */
export class SetBuilder {
  readonly #root: Building = { member: false, children: undefined };

  /** Adds the path made of `steps`, the walk's own stack. */
  add(steps: readonly PathElement[]): void {
    let node = this.#root;
    for (const step of steps) {
      node.children ??= new Map();
      let next = node.children.get(step);
      if (!next) node.children.set(step, (next = { member: false, children: undefined }));
      node = next;
    }
    node.member = true;
  }

  /** The set. The builder must not be used afterwards. */
  get set(): FieldSet {
    return this.#root.children ?? EMPTY;
  }
}

interface Building {
  member: boolean;
  children: Map<PathElement, Building> | undefined;
}
