// Proves quantities against the forms and amounts that Kubernetes documents and answers with.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  parseQuantity,
  quantity,
  QuantityError,
  subtractQuantity,
} from "./quantity.ts";

const canonical: [text: string | number, canonical: string][] = [
  ["0", "0"],
  ["00", "0"],
  ["0m", "0"],
  ["-0", "0"],
  ["+", "0"],
  [".", "0"],
  ["k", "0"],
  ["1", "1"],
  ["+1", "1"],
  ["1.", "1"],
  [".5", "500m"],
  ["0.1", "100m"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["1.5", "1500m"],
  ["100000", "100k"],
  ["1000000", "1M"],
  ["1048576", "1048576"],
  ["1e6", "1e6"],
  ["1E6", "1e6"],
  ["12e2", "1200"],
  ["1e-3", "1e-3"],
  ["0.5e3", "500"],
  ["1024Mi", "1Gi"],
  ["2048Mi", "2Gi"],
  ["1.5Gi", "1536Mi"],
  ["0.1Gi", "107374182400m"],
  ["0.5Ki", "512"],
  ["0.0001Ki", "102400u"],
  ["1000Ki", "1000Ki"],
  ["1Ki", "1Ki"],
  ["1024", "1024"],
  ["0.0000000001", "1n"],
  ["-0.0000000001", "-1n"],
  ["1e-1000000000", "1e-9"],
  ["1.0000000001", "1000000001n"],
  ["8Ei", "9223372036854775807"],
  ["-9Ei", "-9223372036854775807"],
  ["7Ei", "7Ei"],
  ["1000E", "1000E"],
  ["1e21", "1e21"],
  ["-1", "-1"],
  ["-1.5Gi", "-1536Mi"],
  [2, "2"],
  [1048576, "1048576"],
  [0.1, "100m"],
  ["999Pi", "999Pi"],
  ["120k", "120k"],
];

test("a quantity is written canonically, in the format it was given in", () => {
  for (const [text, expected] of canonical) assert.equal(canonicalQuantity(text), expected, String(text));
});

test("what is no quantity is refused with Kubernetes' message", () => {
  const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  for (const text of ["", "one", "1Xi", " 1", "1 ", "1.2.3", "1e3x", "1,5"]) {
    assert.throws(() => parseQuantity(text), { name: "QuantityError", message: form }, text);
  }
  for (const text of ["1mi", "1K", "1e", "1Kii", "1e-", "1n1", "--1", "1e1000"]) {
    assert.throws(() => parseQuantity(text), { message: "unable to parse quantity's suffix" }, text);
  }
});

test("values round away from zero", () => {
  assert.equal(parseQuantity("1100m").value(), 2);
  assert.equal(parseQuantity("-1100m").value(), -2);
  assert.equal(parseQuantity("1n").value(), 1);
  assert.equal(parseQuantity("1.0005").milliValue(), 1001);
  assert.equal(parseQuantity("1Gi").value(), 2 ** 30);
  assert.equal(parseQuantity("2").milliValue(), 2000);
  assert.equal(parseQuantity("1.0005").roundUp(-3).toString(), "1001m");
});

test("amounts compare whatever their form, however far apart", () => {
  assert.equal(compareQuantity("1", "1000m"), 0);
  assert.equal(compareQuantity("1Gi", "1G"), 1);
  assert.equal(compareQuantity("-1", "1n"), -1);
  assert.equal(compareQuantity("1e900", "1"), 1);
  assert.equal(compareQuantity("-1e900", "-1"), -1);
});

test("zero takes the format of what is added to it", () => {
  assert.equal(addQuantity("0", "1Gi").toString(), "1Gi");
  assert.equal(addQuantity("1", "500m").toString(), "1500m");
  assert.equal(addQuantity("1Gi", "1Mi").toString(), "1025Mi");
  assert.equal(subtractQuantity("2Gi", "1G").toString(), "1147483648");
  assert.equal(subtractQuantity("0", "1Ki").toString(), "-1Ki");
});

const text = fc
  .tuple(
    fc.constantFrom("", "-", "+"),
    fc.bigInt({ min: 0n, max: 10n ** 20n }),
    fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { nil: undefined }),
    fc.constantFrom(
      "",
      "n",
      "u",
      "m",
      "k",
      "M",
      "G",
      "T",
      "P",
      "E",
      "Ki",
      "Mi",
      "Gi",
      "Ti",
      "Pi",
      "Ei",
      "e3",
      "E-5",
      "e20",
    ),
  )
  .map(([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${suffix}`);

test("the canonical text is stable and the same amount", () => {
  fc.assert(
    fc.property(text, (t) => {
      const once = canonicalQuantity(t);
      assert.equal(canonicalQuantity(once), once);
      assert.equal(compareQuantity(once, t), 0);
    }),
    { numRuns: 2000 },
  );
});

test("adding and subtracting gives back what there was", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(addQuantity(a, b).subtract(quantity(b)).compare(quantity(a)), 0);
      assert.equal(compareQuantity(a, b), -compareQuantity(b, a) || 0);
    }),
  );
});

test("thousands of digits take no time, and the same amount as few", () => {
  const began = process.cpuUsage();
  assert.equal(canonicalQuantity(`${"0".repeat(500_000)}5`), "5");
  assert.equal(canonicalQuantity(`0.${"0".repeat(500_000)}1`), "1n");
  assert.equal(canonicalQuantity(`1.5${"0".repeat(500_000)}`), "1500m");
  assert.throws(() => parseQuantity("9".repeat(500_000)), QuantityError);
  assert.throws(() => parseQuantity(`1.${"0".repeat(500_000)}.1`), QuantityError);
  assert.ok(process.cpuUsage(began).user < 1e6);
});
