// Proves that kubeconfigs of other hands are read, merged into, or refused with a message.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  connectionOf,
  KubeconfigError,
  kubeconfigText,
  makeKubeconfig,
  mergeKubeconfig,
  parseKubeconfig,
} from "./kubeconfig.ts";

test("a config that kubectl has emptied is merged into", () => {
  const emptied = parseKubeconfig(
    "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ''\nkind: Config\nusers: null\n",
  );
  const merged = mergeKubeconfig(emptied, makeKubeconfig("a", { server: "https://127.0.0.1:6443", token: "t" }));
  const { server, token } = connectionOf(parseKubeconfig(kubeconfigText(merged)), () => "");
  assert.deepEqual([server, token], ["https://127.0.0.1:6443", "t"]);
});

test("entries of other shapes are refused, with the part that is wrong", () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(
      () => connectionOf(parseKubeconfig(text), () => ""),
      (error) => error instanceof KubeconfigError && message.test(error.message),
    );
  refused("clusters: 5", /clusters is not a list of named entries/);
  refused("users: [null]", /users is not a list of named entries/);
  const rest =
    "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: 1}}]\n";
  refused(`${rest}clusters: [{name: c, cluster: {server: https://x}}]`, /the user: token is not a text/);
  refused(`${rest}clusters: [{name: c, cluster: [server]}]`, /the cluster is not a map/);
});
