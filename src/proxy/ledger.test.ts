// Changes of the table: applied to what was there they give what a fresh table would hold, in whatever order services came.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Frontend } from "./elements.ts";
import type { Part } from "./frontends.ts";
import { Ledger } from "./ledger.ts";
import { commands, wholeTable } from "./text.ts";

const OPTIONS = { table: "t", podCidr: "10.244.0.0/16" };

const frontend = (key: string, ends: readonly number[]): Frontend => ({
  key,
  isNode: false,
  chain: ends.length > 0 ? `spread_${ends.length}` : "",
  pools: [{ first: 0x4b00_0000, targets: ends.map((n) => `10.244.0.${n} . 8080`) }],
});
const part = (ends: readonly number[], keys = ["10.96.0.7 . tcp . 80"]): Part => ({
  frontends: keys.map((key) => frontend(key, ends)),
  chains: ends.length > 0 ? [`spread_${ends.length}`] : [],
  hairpins: ends.map((n) => `10.244.0.${n} . 10.244.0.${n}`),
});
const textOf = (ledger: Ledger) => [...commands(ledger.take(), OPTIONS)].join("");

/** A table as nft keeps it: it refuses what nft refuses. */
class Kernel {
  readonly chains = new Set<string>();
  readonly elements = new Map<string, string>();

  apply(text: string): void {
    for (const line of text.split("\n")) {
      const element = /^(add|delete) element ip t (\w+) \{ (.*) \}$/.exec(line);
      if (element) for (const one of element[3]!.split(", ")) this.#element(element[1]!, element[2]!, one);
      const chain = /^(add|delete) chain ip t (\w+)$/.exec(line);
      if (chain?.[1] === "add") this.chains.add(chain[2]!);
      if (chain?.[1] === "delete") this.#removeChain(chain[2]!);
    }
  }

  #element(verb: string, map: string, element: string): void {
    const [key = "", value = ""] = element.split(" : ");
    const name = `${map} ${key}`;
    if (verb === "delete") {
      assert.ok(this.elements.delete(name), `${name} is there to be deleted`);
      const inUse = [...this.elements].some(([other, number]) => other.startsWith("services ") && number === key);
      assert.ok(map !== "chains" || !inUse, `${name} is not in use`);
    }
    if (verb === "add") {
      assert.ok((this.elements.get(name) ?? value) === value, `${name} is free`);
      if (map === "chains") assert.ok(this.chains.has(value.slice("goto ".length)), `${value}: the chain is there`);
      if (map === "services") assert.ok(this.elements.has(`chains ${value}`), `${value} is a chain's number`);
      this.elements.set(name, value);
    }
  }

  #removeChain(name: string): void {
    assert.ok(![...this.elements.values()].includes(`goto ${name}`), `${name} is not in use`);
    assert.ok(this.chains.delete(name), `${name} is there`);
  }

  /** Sorted, for comparison, and with chains instead of their numbers. */
  get state(): unknown {
    const elements = [...this.elements]
      .filter(([name]) => !name.startsWith("chains "))
      .map(([name, value]) => [name, name.startsWith("services ") ? this.elements.get(`chains ${value}`) : value]);
    return { chains: [...this.chains].sort(), elements: elements.map((e) => e.join(" : ")).sort() };
  }
}

describe("a change", () => {
  it("is one element for one endpoint's address, and nothing for nothing", () => {
    const ledger = new Ledger();
    ledger.set("demo/web", part([5, 6]));
    ledger.take();
    ledger.set("demo/web", part([5, 6]));
    assert.equal(textOf(ledger), "");
    ledger.set("demo/web", part([5, 7]));
    assert.equal(
      textOf(ledger),
      [
        "delete element ip t endpoints { 10.96.0.7 . tcp . 80 . 0x4b000001 }",
        "delete element ip t hairpin { 10.244.0.6 . 10.244.0.6 }",
        "add element ip t endpoints { 10.96.0.7 . tcp . 80 . 0x4b000001 : 10.244.0.7 . 8080 }",
        "add element ip t hairpin { 10.244.0.7 . 10.244.0.7 }",
        "",
      ].join("\n"),
    );
  });
  it("keeps what another service still needs", () => {
    const ledger = new Ledger();
    ledger.set("demo/a", part([5]));
    ledger.set("demo/b", part([5], ["10.96.0.8 . tcp . 80"]));
    ledger.take();
    ledger.set("demo/a", undefined);
    assert.doesNotMatch(textOf(ledger), /chain|hairpin/);
    ledger.set("demo/b", undefined);
    assert.match(textOf(ledger), /delete element ip t hairpin[^]*delete chain ip t spread_1/);
  });
  it("gives an address that two services claim to the first by name, and then to the other", () => {
    const ledger = new Ledger();
    ledger.set("demo/b", part([6]));
    ledger.set("demo/a", part([5]));
    const kernel = new Kernel();
    kernel.apply(textOf(ledger));
    const key = "endpoints 10.96.0.7 . tcp . 80 . 0x4b000000";
    assert.equal(kernel.elements.get(key), "10.244.0.5 . 8080");
    ledger.set("demo/a", undefined);
    kernel.apply(textOf(ledger));
    assert.equal(kernel.elements.get(key), "10.244.0.6 . 8080");
  });
  it("leads from any state to any other, whatever came between, and to what a fresh table holds", () => {
    const keys = ["10.96.0.7 . tcp . 80", "10.96.0.8 . tcp . 80", "10.96.0.9 . udp . 53"];
    const parts = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { maxLength: 5 }),
        fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
      )
      .map(([ends, claimed]) => part(ends, claimed));
    const step = fc.tuple(fc.constantFrom("d/a", "d/b", "d/c"), fc.option(parts, { nil: undefined }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const ledger = new Ledger();
        const kernel = new Kernel();
        const last = new Map<string, Part>();
        for (const [service, given, isApplied] of steps) {
          ledger.set(service, given);
          if (given) last.set(service, given);
          else last.delete(service);
          if (isApplied) kernel.apply(textOf(ledger));
        }
        kernel.apply(textOf(ledger));
        const fresh = new Ledger();
        for (const [service, given] of [...last].sort(([a], [b]) => (a < b ? 1 : -1))) fresh.set(service, given);
        const wanted = new Kernel();
        wanted.apply(textOf(fresh));
        assert.deepEqual(kernel.state, wanted.state);
        const whole = new Kernel();
        whole.apply([...wholeTable(ledger.everything(), OPTIONS)].join(""));
        assert.deepEqual(whole.state, wanted.state);
      }),
    );
  });
  it("comes in lines that nft's parser likes", () => {
    const ledger = new Ledger();
    for (let i = 0; i < 2000; i++) ledger.set(`d/s${i}`, part([5, 6], [`10.96.${i >> 8}.${i & 255} . tcp . 80`]));
    const pieces = [...commands(ledger.take(), OPTIONS)];
    assert.ok(pieces.every((piece) => piece.split(", ").length < 600));
    assert.equal(pieces.join("").match(/ : /g)?.length, 6001, "and the number of the chain");
  });
});
