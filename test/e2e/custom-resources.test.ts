// A kind of one's own, with kubectl, against the example in examples/: made, explained, judged by CEL, scaled, selected,
// and gone with its definition. It refuses to need nodes: the API server alone is enough.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { join } from "node:path";
import { until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/custom-resource.yaml");
const DEFINITION = "crd/kites.sky.example.com";

const kite = (name: string, spec: object) =>
  JSON.stringify({ apiVersion: "sky.example.com/v1", kind: "Kite", metadata: { name }, spec });

describe("custom resources", { skip: withoutRealNodes(), concurrency: 1 }, () => {
  let cluster: RealCluster;
  const apply = (text: string) => cluster.tryKubectl(["apply", "-f", "-"], { input: text });

  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
    await cluster.kubectl("apply", "-f", EXAMPLE);
    await cluster.kubectl("wait", "--for=condition=Established", DEFINITION, "--timeout=30s");
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  test("objects get their defaults, columns and a place in `all`", async () => {
    const applied = await until("the kind is known", async () => {
      const { code } = await apply(kite("one", { height: 50 }));
      return code === 0 || undefined;
    });
    assert.ok(applied);
    assert.match(await cluster.kubectl("get", "kites"), /NAME\s+COLOUR\s+LINES\s+AGE\s+one\s+red\s+1\s+/);
    assert.match(await cluster.kubectl("get", "all"), /kite\.sky\.example\.com\/one/);
    assert.match((await apply(kite("one", { height: 50 }))).stdout, /unchanged/);
  });

  test("explain knows the fields, and selectors what may be selected", async () => {
    assert.match(await cluster.kubectl("explain", "kites.spec.height"), /How high it flies in metres/);
    await apply(kite("two", { height: 10, colour: "blue" }));
    assert.equal(
      await cluster.kubectl("get", "kt", "--field-selector", "spec.colour=blue", "-o", "name"),
      "kite.sky.example.com/two\n",
    );
  });

  test("types, limits and rules are kept, also those about a change", async () => {
    const refused = async (spec: object, why: RegExp) => {
      const { code, stderr } = await apply(kite("bad", spec));
      assert.notEqual(code, 0);
      assert.match(stderr, why);
    };
    await refused({ height: 501 }, /spec\.height in body should be less than or equal to 500/);
    await refused({ height: 200, lines: 3 }, /with 3 lines it may not fly above 100 m/);
    await refused({ height: 5, tail: true }, /unknown field "spec\.tail"/);
    await cluster.kubectl("scale", "kite/one", "--replicas=2");
    const { stderr } = await cluster.tryKubectl(["scale", "kite/one", "--replicas=1"]);
    assert.match(stderr, /a line that was added stays/);
  });

  test("objects go with their owner, and with their namespace", async () => {
    await cluster.kubectl("create", "namespace", "leaving");
    await cluster.kubectl("create", "configmap", "owner", "--namespace=leaving");
    const owner = ["get", "configmap", "owner", "--namespace=leaving", "--output=jsonpath={.metadata.uid}"];
    const uid = await cluster.kubectl(...owner);
    const make = (metadata: object) =>
      apply(
        JSON.stringify({ ...JSON.parse(kite("", { height: 1 })), metadata: { namespace: "leaving", ...metadata } }),
      );
    await make({ name: "owned", ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }] });
    await make({ name: "free" });
    const left = () => cluster.kubectl("get", "kites", "--all-namespaces", "--output=name");
    await cluster.kubectl("delete", "configmap", "owner", "--namespace=leaving");
    // New kinds are looked for every thirty seconds.
    await until("the owned one goes", async () => !(await left()).includes("/owned") || undefined, 60_000);
    assert.match(await left(), /\/free/);
    await cluster.kubectl("delete", "namespace", "leaving", "--timeout=30s");
    assert.doesNotMatch(await left(), /\/free/);
  });

  test("objects go with their definition", async () => {
    await cluster.kubectl("delete", DEFINITION, "--timeout=30s");
    const { stderr } = await cluster.tryKubectl(["get", "--raw", "/apis/sky.example.com/v1/kites"]);
    assert.match(stderr, /NotFound|not found/i);
  });
});
