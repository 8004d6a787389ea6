// Which class an Ingress gets that names none.
import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_INGRESS_CLASS, IngressClass } from "../../resources/networking/ingress-class.ts";
import { Ingress } from "../../resources/networking/ingress.ts";
import { make, trialServer } from "./trial.ts";

it("the newest default, unless the Ingress says another, also by the old annotation", async () => {
  const trial = await trialServer();
  const spec = { defaultBackend: { service: { name: "s", port: { number: 80 } } } };
  const classOf = async (name: string, more: object = {}, annotations: object = {}) =>
    (await make(trial, Ingress, { metadata: { name, annotations }, spec: { ...spec, ...more } })).spec.ingressClassName;
  assert.equal(await classOf("a"), undefined);
  for (const name of ["z-older", "b", "a-same-age"]) {
    const annotations = { [DEFAULT_INGRESS_CLASS]: "true" };
    await make(trial, IngressClass, { metadata: { name, annotations }, spec: { controller: "a.io/b" } });
    if (name === "z-older") await trial.clock.advance(2000);
  }
  assert.equal(await classOf("b"), "a-same-age");
  assert.equal(await classOf("c", { ingressClassName: "own" }), "own");
  assert.equal(await classOf("d", {}, { "kubernetes.io/ingress.class": "old" }), undefined);
});
