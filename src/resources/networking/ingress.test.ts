// Ingresses and their classes: hosts, paths, backends, what a row shows.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { IngressClass } from "./ingress-class.ts";
import { Ingress } from "./ingress.ts";

const backend = { service: { name: "s", port: { number: 80 } } };
const route = (host: string, path: object = {}) => ({
  host,
  http: { paths: [{ path: "/", pathType: "Prefix", backend, ...path }] },
});
const errors = (...rules: object[]) => tryOut(Ingress, { spec: { rules } }).errors;

it("routes by host and path", () => {
  assert.deepEqual(errors(route("a.example.com"), route("*.example.com")), []);
  assert.match(errors(route("1.2.3.4")).join(), /host: .*: must be a DNS name, not an IP address$/);
  assert.match(errors(route("a", { path: "x" })).join(), /paths\[0\]\.path: .*must be an absolute path$/);
  assert.match(errors(route("a", { path: "/a/.." })).join(), /cannot end with '\/\.\.'$/);
  assert.match(errors(route("a", { pathType: undefined })).join(), /Required value: pathType must be specified$/);
  assert.match(errors().join(), /^spec: .*either `defaultBackend` or `rules` must be specified$/);
});

it("a backend is a service with one way to say the port, or another object", () => {
  const to = (other: object) => errors(route("a", { backend: other })).join();
  assert.match(to({}), /backend: .*resource or service backend is required$/);
  assert.match(to({ service: { name: "s" } }), /port name or number is required$/);
  assert.match(
    to({ service: { name: "s", port: { name: "a", number: 1 } } }),
    /cannot set both port name & port number$/,
  );
  assert.match(
    to({ ...backend, resource: { kind: "K", name: "n" } }),
    /cannot set both resource and service backends$/,
  );
  assert.equal(to({ resource: { kind: "K", name: "n" } }), "");
});

it("shows three hosts and how many more", () => {
  const cells = (rules: object[], tls?: object[]) => {
    const { object } = tryOut(Ingress, { spec: { rules, tls } });
    return Ingress.columns.map(({ cell }) => cell(object, { now: 0 })).slice(1, 5);
  };
  assert.deepEqual(cells([{ http: { paths: [] } }]), ["<none>", "*", "", "80"]);
  const five = ["a", "b", "c", "d", "e"].map((host) => route(host));
  assert.deepEqual(cells(five, [{ secretName: "s" }]), ["<none>", "a,b,c + 2 more...", "", "80, 443"]);
});

it("a class has a controller that stays, and settings in their scope", () => {
  const tried = (parameters: object) => tryOut(IngressClass, { spec: { controller: "a.io/b", parameters } });
  const { object: old, errors: none } = tried({ kind: "K", name: "n" });
  assert.deepEqual([none, old.spec.parameters?.scope], [[], "Cluster"]);
  assert.match(tried({ kind: "K", name: "n", scope: "Namespace" }).errors.join(), /namespace: Required value/);
  assert.match(tryOut(IngressClass, { spec: { controller: "a.io/c" } }, { old }).errors.join(), /field is immutable$/);
});

it("a resource that answers has kind and name; services' names may begin with a digit", () => {
  const told = (defaultBackend: object) => tryOut(Ingress, { spec: { defaultBackend } }).errors;
  assert.deepEqual(told({ resource: {} }), [
    "spec.defaultBackend.resource.kind: Required value",
    "spec.defaultBackend.resource.name: Required value",
  ]);
  assert.deepEqual(told({ service: { name: "1a", port: { number: 80 } } }), []);
});
