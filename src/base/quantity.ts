// Amounts as Kubernetes writes them: 100m, 1.5Gi, 1e6. It refuses to know what is being counted.
//
// Contract: apimachinery's resource.Quantity. An amount is a decimal number of at most nine decimals (smaller parts
// are rounded away from zero), with a format that survives arithmetic and decides how it is written.

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** What a quantity may be given as; numbers are read as their shortest decimal form. */
export type QuantityLike = Quantity | string | number;

const WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/** The text is no quantity. The message is Kubernetes' own. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const DECIMAL_SUFFIX_OF: ReadonlyMap<number, string> = new Map([...DECIMAL_SUFFIXES].map(([s, e]) => [e, s]));
/** The suffix at index i stands for 2^(10 i). */
const BINARY_SUFFIXES: readonly string[] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The smallest power of ten that is kept. */
const NANO = -9;
/** More than any amount needs, and few enough digits to write out. */
const LARGEST_EXPONENT = 999;
/** Binary quantities are capped here: 2^63 - 1. */
const BINARY_CAP = 2n ** 63n - 1n;

/**
 * Sign, digits before and after the point, suffix letters, exponent digits. All parts may be missing, as upstream. The
 * digits of an exponent begin behind a letter or sign: nothing can be read in two ways, so no text takes long.
 */
const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?((?:[eEinumkKMGTP]+[-+]?|[-+])[0-9]*)?$/;
const EXPONENT = /^[eE]([-+]?[0-9]+)$/;
/** Under 1000 with a suffix, no leading zero: such text is canonical as it stands, which most text is. */
const PLAINLY_CANONICAL = /^(?:0|[1-9][0-9]{0,2}(?:[numkMGTPE]|[KMGTP]i)?)$/;

const powersOfTen: bigint[] = [1n];

function tenTo(exponent: number): bigint {
  for (let i = powersOfTen.length; i <= exponent; i++) powersOfTen.push(powersOfTen[i - 1]! * 10n);
  return powersOfTen[exponent]!;
}

/** `magnitude` / 10^places, rounded up; `magnitude` is not negative. */
function shiftDown(magnitude: bigint, places: number): bigint {
  // Without this an exponent of minus a billion would make a number of as many digits.
  if (places > magnitude.toString().length) return magnitude === 0n ? 0n : 1n;
  const power = tenTo(places);
  const whole = magnitude / power;
  return whole * power === magnitude ? whole : whole + 1n;
}

function awayFromZero(unscaled: bigint, places: number): bigint {
  return unscaled < 0n ? -shiftDown(-unscaled, places) : shiftDown(unscaled, places);
}

/** An amount: `unscaled` × 10^`exponent`. Immutable; arithmetic makes new ones. */
export class Quantity {
  readonly format: QuantityFormat;
  readonly #unscaled: bigint;
  readonly #exponent: number;
  #text: string | undefined;
  #units: number | undefined;
  #milli: number | undefined;

  /** `exponent` is at least -9. Use {@link parseQuantity} for text, {@link quantity} for numbers. */
  constructor(unscaled: bigint, exponent: number, format: QuantityFormat) {
    // Trailing zeros move to the exponent, so that equal amounts look alike inside.
    let zeros = 0;
    if (unscaled === 0n) exponent = 0;
    else
      while (unscaled % 10n === 0n) {
        unscaled /= 10n;
        zeros++;
      }
    this.#unscaled = unscaled;
    this.#exponent = exponent + zeros;
    this.format = format;
  }

  isZero(): boolean {
    return this.#unscaled === 0n;
  }

  /** -1, 0 or 1. */
  sign(): -1 | 0 | 1 {
    return this.#unscaled === 0n ? 0 : this.#unscaled < 0n ? -1 : 1;
  }

  /** Negative when less than `other`, 0 when the same amount, whatever the formats. */
  compare(other: Quantity): -1 | 0 | 1 {
    const sign = this.sign();
    if (sign !== other.sign()) return sign < other.sign() ? -1 : 1;
    if (sign === 0) return 0;
    // First by the place of the leading digit: exponents may be too far apart to write out.
    const places = this.#leadingPlace() - other.#leadingPlace();
    if (places !== 0) return places < 0 === sign > 0 ? -1 : 1;
    const exponent = Math.min(this.#exponent, other.#exponent);
    const a = this.#at(exponent);
    const b = other.#at(exponent);
    return a === b ? 0 : a < b ? -1 : 1;
  }

  /** The sum, in this format; in the other's when this is zero. */
  add(other: Quantity): Quantity {
    const exponent = Math.min(this.#exponent, other.#exponent);
    const format = this.isZero() ? other.format : this.format;
    return new Quantity(this.#at(exponent) + other.#at(exponent), exponent, format);
  }

  /** The difference, in this format; in the other's when this is zero. */
  subtract(other: Quantity): Quantity {
    return this.add(other.negate());
  }

  negate(): Quantity {
    return new Quantity(-this.#unscaled, this.#exponent, this.format);
  }

  /** Rounded away from zero to a multiple of 10^`exponent` (-3 for milli, 0 for units). */
  roundUp(exponent: number): Quantity {
    if (this.#exponent >= exponent) return this;
    return new Quantity(awayFromZero(this.#unscaled, exponent - this.#exponent), exponent, this.format);
  }

  /** The whole amount, rounded away from zero. Exact up to 2^53. */
  value(): number {
    return (this.#units ??= this.#number(0));
  }

  /** The amount in thousandths, rounded away from zero. Exact up to 2^53. */
  milliValue(): number {
    return (this.#milli ??= this.#number(-3));
  }

  /** The amount as a float, for ratios. */
  toNumber(): number {
    return Number(`${this.#unscaled}e${this.#exponent}`);
  }

  /** The canonical text: the greatest suffix that needs no fraction. */
  toString(): string {
    return (this.#text ??= this.#write());
  }

  toJSON(): string {
    return this.toString();
  }

  #number(exponent: number): number {
    const rounded = this.roundUp(exponent);
    return Number(`${rounded.#unscaled}e${rounded.#exponent - exponent}`);
  }

  #leadingPlace(): number {
    return this.#unscaled.toString().length - (this.#unscaled < 0n ? 1 : 0) + this.#exponent;
  }

  /** The number of 10^`exponent`; `exponent` is not above this one's. */
  #at(exponent: number): bigint {
    return this.#unscaled * tenTo(this.#exponent - exponent);
  }

  #write(): string {
    if (this.#unscaled === 0n) return "0";
    if (this.format === "BinarySI" && this.#exponent >= 0) {
      const whole = this.#at(0);
      if (whole <= -1024n || whole >= 1024n) return writeBinary(whole);
    }
    // The exponent becomes the multiple of three below, which for these formats is a suffix.
    const exponent = Math.floor(this.#exponent / 3) * 3;
    if (this.format === "DecimalExponent") {
      return `${this.#at(exponent)}${exponent === 0 ? "" : `e${exponent}`}`;
    }
    const known = Math.min(exponent, 18);
    return `${this.#at(known)}${DECIMAL_SUFFIX_OF.get(known)!}`;
  }
}

function writeBinary(whole: bigint): string {
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && whole % 1024n === 0n) {
    whole /= 1024n;
    step++;
  }
  return `${whole}${BINARY_SUFFIXES[step]!}`;
}

/** What stands behind the digits: a power of ten, or a factor of two to a power. */
function readSuffix(suffix: string): { format: QuantityFormat; exponent: number; factor: bigint } {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { format: "DecimalSI", exponent: decimal, factor: 1n };
  const step = BINARY_SUFFIXES.indexOf(suffix);
  if (step > 0) return { format: "BinarySI", exponent: 0, factor: 1n << BigInt(10 * step) };
  const power = EXPONENT.exec(suffix)?.[1];
  // Upstream keeps 32 bits of the exponent; adding such amounts would write out a billion digits, so we refuse.
  if (power === undefined || Number(power) > LARGEST_EXPONENT) throw new QuantityError(WRONG_SUFFIX);
  return { format: "DecimalExponent", exponent: Number(power), factor: 1n };
}

/** Reading and writing a number takes time with the square of its digits: so many are exact. */
const MOST_DIGITS = 2 * LARGEST_EXPONENT;

/**
 * The digits that matter: no zeros in front or behind, and of a longer fraction a last 1 for whatever is left, since
 * amounts are rounded up far before it.
 */
function boundedDigits(whole: string, fraction: string): { readonly whole: string; readonly fraction: string } {
  if (whole.length + fraction.length <= MOST_DIGITS) return { whole, fraction };
  const shorter = whole.replace(/^0+(?=\d)/, "");
  if (shorter.length > MOST_DIGITS) throw new QuantityError(WRONG_FORM);
  const rest = /[1-9]/.test(fraction.slice(MOST_DIGITS)) ? "1" : "";
  return { whole: shorter, fraction: fraction.slice(0, MOST_DIGITS) + rest };
}

/** A cluster says few different amounts, each of them very often. Forgotten all at once when there are more. */
const MOST_KNOWN = 4000;
/** Longer texts are rare, and would fill memory. */
const MOST_KNOWN_LENGTH = 24;
const known = new Map<string, Quantity>();

/** Reads a quantity. Throws {@link QuantityError} with Kubernetes' message. */
export function parseQuantity(text: string): Quantity {
  const before = known.get(text);
  if (before !== undefined) return before;
  const read = readQuantity(text);
  if (text.length <= MOST_KNOWN_LENGTH) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, read);
  }
  return read;
}

function readQuantity(text: string): Quantity {
  if (text === "") throw new QuantityError(WRONG_FORM);
  const parts = GRAMMAR.exec(text);
  if (parts === null) throw new QuantityError(WRONG_FORM);
  const [, sign, suffixText] = [parts[0], parts[1], parts[4] ?? ""];
  const { whole, fraction } = boundedDigits(parts[2]!, parts[3] ?? "");
  const suffix = readSuffix(suffixText);
  let { format } = suffix;
  let magnitude = BigInt(whole + fraction) * suffix.factor;
  let exponent = suffix.exponent - fraction.length;
  if (exponent < NANO) {
    magnitude = shiftDown(magnitude, NANO - exponent);
    exponent = NANO;
  }
  if (format === "BinarySI") {
    // Binary amounts have only the exponent that their fraction made, so this multiplication is small.
    const unit = tenTo(-exponent);
    if (magnitude > BINARY_CAP * unit) [magnitude, exponent] = [BINARY_CAP, 0];
    else if (magnitude > 0n && magnitude < unit) format = "DecimalSI";
  }
  return new Quantity(sign === "-" ? -magnitude : magnitude, exponent, format);
}

/** Any form as a Quantity. Throws {@link QuantityError}. */
export function quantity(amount: QuantityLike): Quantity {
  if (amount instanceof Quantity) return amount;
  return parseQuantity(typeof amount === "number" ? numberText(amount) : amount);
}

/** The canonical text of any form: what the API server answers with. Throws {@link QuantityError}. */
export function canonicalQuantity(amount: QuantityLike): string {
  if (typeof amount === "string" && PLAINLY_CANONICAL.test(amount)) return amount;
  return quantity(amount).toString();
}

/** Compares amounts: negative, 0 or positive. Throws {@link QuantityError}. */
export function compareQuantity(a: QuantityLike, b: QuantityLike): -1 | 0 | 1 {
  return a === b && typeof a === "string" && PLAINLY_CANONICAL.test(a) ? 0 : quantity(a).compare(quantity(b));
}

export function addQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  return quantity(a).add(quantity(b));
}

export function subtractQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  return quantity(a).subtract(quantity(b));
}

/** The whole amount as a number, rounded away from zero. */
export function quantityValue(amount: QuantityLike): number {
  return quantity(amount).value();
}

/** The amount in thousandths as a number, rounded away from zero. */
export function quantityMilliValue(amount: QuantityLike): number {
  return quantity(amount).milliValue();
}

export function isZeroQuantity(amount: QuantityLike): boolean {
  return quantity(amount).isZero();
}

/** Whether the text is a quantity, and if not why not: for validation. */
export function quantityError(text: string): string | undefined {
  try {
    parseQuantity(text);
    return undefined;
  } catch (error) {
    if (error instanceof QuantityError) return error.message;
    throw error;
  }
}

/** JSON numbers keep their decimal text; only what JavaScript would write as 1e+21 differs in form, not in amount. */
function numberText(amount: number): string {
  if (!Number.isFinite(amount)) throw new QuantityError(WRONG_FORM);
  return String(amount);
}
