// Figures that a process reports about itself, in Prometheus' form. It refuses to serve them, and to have a global set.
import { createRequire } from "node:module";
import type prometheus from "prom-client";

// Its index also loads a push gateway, default metrics and a tracing library: 10 MiB in each process.
const load = createRequire(import.meta.url);
const { Counter, Gauge, Histogram, Registry } = {
  Counter: load("prom-client/lib/counter.js") as typeof prometheus.Counter,
  Gauge: load("prom-client/lib/gauge.js") as typeof prometheus.Gauge,
  Histogram: load("prom-client/lib/histogram.js") as typeof prometheus.Histogram,
  Registry: load("prom-client/lib/registry.js") as typeof prometheus.Registry,
};

export type MetricLabels<L extends string> = Partial<Record<L, string | number>>;

/** What only grows. */
export interface Counter<L extends string = string> {
  inc(amount?: number): void;
  inc(labels: MetricLabels<L>, amount?: number): void;
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
  readonly #registry = new Registry();

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  counter<L extends string = never>(description: Description<L>): Counter<L> {
    return new Counter<L>(this.#configuration(description));
  }

  /** With `read` the value is asked for whenever the metrics are read. */
  gauge<L extends string = never>(description: Description<L> & { readonly read?: () => number }): Gauge<L> {
    const { read } = description;
    const gauge: prometheus.Gauge<L> = new Gauge<L>({
      ...this.#configuration(description),
      ...(read !== undefined && { collect: () => gauge.set(read()) }),
    });
    return gauge;
  }

  histogram<L extends string = never>(
    description: Description<L> & { readonly buckets?: readonly number[] },
  ): Histogram<L> {
    const buckets = [...(description.buckets ?? REQUEST_SECONDS)];
    return new Histogram<L>({ ...this.#configuration(description), buckets });
  }

  /** Everything in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #configuration<L extends string>(description: Description<L>) {
    const { name, help, labels = [] } = description;
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }
}
