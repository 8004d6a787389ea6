// Kubernetes' quantities as values: read, compared, added.
import { Quantity, parseQuantity, quantityError } from "../../base/quantity.ts";
import { overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";
import { OpaqueValue } from "../values.ts";

const NAME = "kubernetes.Quantity";
type Amount = OpaqueValue<Quantity>;

/** Equal amounts have one key, whatever their forms. */
const made = (amount: Quantity): Amount => new OpaqueValue(NAME, amount, String(amount.toNumber()));

function read(text: string): Amount {
  const fault = quantityError(text);
  if (fault !== undefined) throw new EvaluationError(fault);
  return made(parseQuantity(text));
}

const isWhole = ({ inner }: Amount) => inner.roundUp(0).compare(inner) === 0 && Number.isSafeInteger(inner.value());

function asInteger(amount: Amount): bigint {
  if (!isWhole(amount)) throw new EvaluationError("cannot convert value to integer");
  return BigInt(amount.inner.value());
}

const ofInt = (value: bigint) => new Quantity(value, 0, "DecimalSI");

export const quantities: readonly Overload[] = [
  overload("quantity(string) Q", read, 0),
  overload("isQuantity(string) bool", (text: string) => quantityError(text) === undefined, 0),
  overload("Q.sign() int", (a: Amount) => BigInt(a.inner.sign())),
  overload("Q.isInteger() bool", (a: Amount) => isWhole(a)),
  overload("Q.asInteger() int", asInteger),
  overload("Q.asApproximateFloat() double", (a: Amount) => a.inner.toNumber()),
  overload("Q.isGreaterThan(Q) bool", (a: Amount, b: Amount) => a.inner.compare(b.inner) > 0),
  overload("Q.isLessThan(Q) bool", (a: Amount, b: Amount) => a.inner.compare(b.inner) < 0),
  overload("Q.compareTo(Q) int", (a: Amount, b: Amount) => BigInt(a.inner.compare(b.inner))),
  overload("Q.add(Q) Q", (a: Amount, b: Amount) => made(a.inner.add(b.inner))),
  overload("Q.add(int) Q", (a: Amount, b: bigint) => made(a.inner.add(ofInt(b)))),
  overload("Q.sub(Q) Q", (a: Amount, b: Amount) => made(a.inner.subtract(b.inner))),
  overload("Q.sub(int) Q", (a: Amount, b: bigint) => made(a.inner.subtract(ofInt(b)))),
].map(forQuantities);

/** Signatures above say Q, since a type's own name has a dot. */
function forQuantities(one: Overload): Overload {
  const type = { kind: "opaque", name: NAME } as const;
  const known = (given: Overload["result"]) => (given.kind === "parameter" && given.name === "Q" ? type : given);
  return { ...one, params: one.params.map(known), result: known(one.result) };
}
