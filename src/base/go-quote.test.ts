// Proves quoting against what strconv.Quote documents.
import assert from "node:assert/strict";
import { test } from "node:test";
import { goQuote, goTimeQuote } from "./go-quote.ts";

test("text is quoted as Go's %q does", () => {
  const cases: [string, string][] = [
    ["", '""'],
    ["my-name", '"my-name"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["a\tb\nc\u0000\u001b\u007f", '"a\\tb\\nc\\x00\\x1b\\x7f"'],
    ["\u0007\b\f\r\v", '"\\a\\b\\f\\r\\v"'],
    ["Hello, 世界 ☺ é", '"Hello, 世界 ☺ é"'],
    ["\u00a0\u200b\u2028", '"\\u00a0\\u200b\\u2028"'],
    ["😀\u{e0001}", '"😀\\U000e0001"'],
    ["it's <b>", '"it\'s <b>"'],
  ];
  for (const [text, quoted] of cases) assert.equal(goQuote(text), quoted);
});

test("package time writes bytes", () => {
  assert.equal(goTimeQuote('é"\n1'), '"\\xc3\\xa9\\"\\x0a1"');
});
