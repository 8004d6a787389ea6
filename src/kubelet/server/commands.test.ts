// Which streams a running container has for those who attach to it. The sessions themselves are tested in wire/.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attachedStreams } from "./commands.ts";

const asked = { stdin: true, stdout: true, stderr: true, tty: false };

test("a container with a terminal has no error output of its own, whatever the client has", () => {
  assert.deepEqual(attachedStreams(asked, true), { ...asked, stderr: false, tty: true });
});

test("a container without one gives both outputs, and no terminal", () => {
  assert.deepEqual(attachedStreams(asked, false), asked);
  assert.deepEqual(attachedStreams({ ...asked, stderr: false, tty: true }, false), { ...asked, stderr: false });
});
