// Proves that refusing options costs no more than reading them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "../../schema/meta/status.ts";
import { writeOptions } from "./options.ts";

test("a field manager of a hundred thousand bad letters is refused in one short message", () => {
  const refusal = (manager: string) => {
    try {
      writeOptions("CreateOptions", new URLSearchParams({ fieldManager: manager }));
    } catch (error) {
      assert.ok(error instanceof StatusError);
      return error;
    }
    return assert.fail("it was taken");
  };
  assert.ok(refusal("\0".repeat(100_000)).message.length < 1000);
  assert.match(refusal("a\nb\n").message, /invalid character U\+000A \(at position 1\).*position 3/);
});
