// Figures that a process reports about itself, in Prometheus' text form (version 0.0.4). It refuses to serve them, and to have a
// global set.
//
// Counting has to cost next to nothing, as each request does it: `of(labels)` finds a series once, and what it gives only adds.
export type MetricLabels<L extends string> = Partial<Record<L, string | number>>;

/** What only grows. */
export interface Counter<L extends string = string> {
  inc(amount?: number): void;
  inc(labels: MetricLabels<L>, amount?: number): void;
  /** The one with these labels, to be held by who counts often. */
  of(labels: MetricLabels<L>): { inc(amount?: number): void };
}

/** What goes up and down. */
export interface Gauge<L extends string = string> {
  set(value: number): void;
  set(labels: MetricLabels<L>, value: number): void;
  inc(labels?: MetricLabels<L>, amount?: number): void;
  dec(labels?: MetricLabels<L>, amount?: number): void;
  remove(labels: MetricLabels<L>): void;
}

/** How amounts spread. */
export interface Histogram<L extends string = string> {
  observe(value: number): void;
  observe(labels: MetricLabels<L>, value: number): void;
  /** The one with these labels, to be held by who measures often. */
  of(labels: MetricLabels<L>): { observe(value: number): void };
}

interface Description<L extends string> {
  /** Prometheus' name: the unit last, `_total` for counters. */
  readonly name: string;
  /** A sentence for the operator. */
  readonly help: string;
  readonly labels?: readonly L[];
}

/** Buckets for durations in seconds, as Kubernetes' own request metrics have them. */
export const REQUEST_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30,
];

/** One process' metrics. Each part receives this and declares its own; declaring a name twice throws. */
export class Metrics {
  readonly #families = new Map<string, () => string>();
  /** The media type of {@link text}. */
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";

  counter<L extends string = never>(description: Description<L>): Counter<L> {
    const series = new SeriesSet(description, () => new Value());
    this.#add("counter", description, () => series.lines((value) => [["", "", value.value]]));
    return {
      inc(labels?: MetricLabels<L> | number, amount?: number) {
        if (typeof labels === "object") series.of(labels).inc(amount);
        else series.of({}).inc(labels);
      },
      of: (labels) => series.of(labels),
    };
  }

  /** With `read` the value is asked for whenever the metrics are read. */
  gauge<L extends string = never>(description: Description<L> & { readonly read?: () => number }): Gauge<L> {
    const { read } = description;
    const series = new SeriesSet(description, () => new Value());
    this.#add("gauge", description, () => {
      if (read !== undefined) series.of({}).value = read();
      return series.lines((value) => [["", "", value.value]]);
    });
    return {
      set(labels: MetricLabels<L> | number, value?: number) {
        if (typeof labels === "object") series.of(labels).value = value!;
        else series.of({}).value = labels;
      },
      inc: (labels = {}, amount = 1) => series.of(labels).inc(amount),
      dec: (labels = {}, amount = 1) => series.of(labels).inc(-amount),
      remove: (labels) => series.remove(labels),
    };
  }

  histogram<L extends string = never>(
    description: Description<L> & { readonly buckets?: readonly number[] },
  ): Histogram<L> {
    const { buckets = REQUEST_SECONDS } = description;
    const series = new SeriesSet(description, () => new Spread(buckets));
    this.#add("histogram", description, () => series.lines((spread) => spread.lines()));
    return {
      observe(labels: MetricLabels<L> | number, value?: number) {
        if (typeof labels === "object") series.of(labels).observe(value!);
        else series.of({}).observe(labels);
      },
      of: (labels) => series.of(labels),
    };
  }

  /** Everything in Prometheus' text format. */
  text(): string {
    return `${[...this.#families.values()].map((lines) => lines()).join("\n\n")}\n`;
  }

  #add(type: string, { name, help }: Description<string>, lines: () => string): void {
    if (!NAME.test(name)) throw new Error(`${name} is no name of a metric`);
    if (this.#families.has(name)) throw new Error(`A metric with the name ${name} has already been registered.`);
    const about = `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${type}`;
    this.#families.set(name, () => [about, lines()].filter((text) => text !== "").join("\n"));
  }
}

const NAME = /^[a-zA-Z_:][\w:]*$/;
const escaped = (letter: string) => (letter === "\n" ? "\\n" : `\\${letter}`);
const number = (n: number) =>
  n === Infinity ? "+Inf" : n === -Infinity ? "-Inf" : Number.isNaN(n) ? "NaN" : String(n);

/** What one series is called: suffix of the name, labels of its own, value. */
type Line = readonly [suffix: string, label: string, value: number];

/** The series of one name, by the values of its labels. */
class SeriesSet<L extends string, S> {
  readonly #name: string;
  readonly #labels: readonly L[];
  readonly #make: () => S;
  readonly #series = new Map<string, S>();

  constructor({ name, labels = [] }: Description<L>, make: () => S) {
    this.#name = name;
    this.#labels = labels;
    this.#make = make;
    // Without labels there is one from the start.
    if (labels.length === 0) this.#series.set("", make());
  }

  of(labels: MetricLabels<L>): S {
    const key = this.#key(labels);
    let found = this.#series.get(key);
    if (found === undefined) this.#series.set(key, (found = this.#make()));
    return found;
  }

  remove(labels: MetricLabels<L>): void {
    this.#series.delete(this.#key(labels));
  }

  lines(of: (series: S) => readonly Line[]): string {
    const lines: string[] = [];
    for (const [key, series] of this.#series) {
      for (const [suffix, label, value] of of(series)) {
        const labels = [key, label].filter((text) => text !== "").join(",");
        lines.push(`${this.#name}${suffix}${labels && `{${labels}}`} ${number(value)}`);
      }
    }
    return lines.join("\n");
  }

  /** The labels as they are written, those left out being left out. */
  #key(labels: MetricLabels<L>): string {
    for (const name in labels) {
      if (!this.#labels.includes(name)) throw new Error(`${this.#name} has no label ${name}`);
    }
    return this.#labels
      .filter((name) => labels[name] !== undefined)
      .map((name) => `${name}="${String(labels[name]).replace(/[\\\n"]/g, escaped)}"`)
      .join(",");
  }
}

class Value {
  value = 0;

  inc(amount = 1): void {
    this.value += amount;
  }
}

class Spread {
  readonly #buckets: readonly number[];
  /** How many fell into each bucket and not into the one before; the last is for what is above all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(buckets: readonly number[]) {
    this.#buckets = buckets;
    this.#counts = Array.from({ length: buckets.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.#buckets.length && value > this.#buckets[i]!) i++;
    this.#counts[i]!++;
    this.#sum += value;
  }

  lines(): readonly Line[] {
    let count = 0;
    const lines: Line[] = [];
    for (const [i, here] of this.#counts.entries()) {
      count += here;
      lines.push(["_bucket", `le="${number(this.#buckets[i] ?? Infinity)}"`, count]);
    }
    return [...lines, ["_sum", "", this.#sum], ["_count", "", count]];
  }
}
