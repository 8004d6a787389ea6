// What an expression is once it is parsed. It refuses to be anything but data: checker.ts, evaluate.ts and estimate.ts
// walk it.

export type Constant = bigint | number | string | boolean | null | Uint8Array | Unsigned;

/** A uint, told apart from an int. */
export class Unsigned {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Macros are nodes of their own: what they bind, walk over and answer is known. */
export type Fold =
  | "all"
  | "exists"
  | "existsOne"
  | "filter"
  | "map"
  | "transformList"
  | "transformMap"
  | "transformMapEntry";

export type Expr =
  | { readonly kind: "constant"; readonly value: Constant; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  /** `test`: `has(a.b)`. `optional`: `a.?b`. */
  | {
      readonly kind: "select";
      readonly operand: Expr;
      readonly field: string;
      readonly test: boolean;
      readonly optional: boolean;
      readonly at: number;
    }
  /** Operators are functions with names such as `_+_`. */
  | {
      readonly kind: "call";
      readonly name: string;
      readonly target: Expr | undefined;
      readonly args: readonly Expr[];
      readonly at: number;
    }
  /** `optional`: places of items that are left out when their optional is empty. */
  | {
      readonly kind: "list";
      readonly items: readonly Expr[];
      readonly optional: ReadonlySet<number>;
      readonly at: number;
    }
  | { readonly kind: "map"; readonly entries: readonly Entry[]; readonly at: number }
  | { readonly kind: "message"; readonly name: string; readonly fields: readonly MessageField[]; readonly at: number }
  /** `second` is bound for the forms with two variables (index or key first). */
  | {
      readonly kind: "fold";
      readonly fold: Fold;
      readonly range: Expr;
      readonly variable: string;
      readonly second: string | undefined;
      /** What must hold for an item to count (`map` and the transforms). */
      readonly where: Expr | undefined;
      readonly body: Expr;
      readonly at: number;
    }
  /** `optMap` and `optFlatMap`: the body with the optional's value. */
  | {
      readonly kind: "optMap";
      readonly operand: Expr;
      readonly variable: string;
      readonly body: Expr;
      readonly flat: boolean;
      readonly at: number;
    }
  /** `cel.bind(name, value, body)`. */
  | {
      readonly kind: "bind";
      readonly variable: string;
      readonly value: Expr;
      readonly body: Expr;
      readonly at: number;
    };

export interface Entry {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
  readonly at: number;
}

export interface MessageField {
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
  readonly at: number;
}
