// How much the server has to do at this moment, and how much it takes. It refuses to queue: what does not fit is told to come again.
import type { Counter, Gauge, Histogram, Metrics } from "../base/metrics.ts";
import { REQUEST_SECONDS } from "../base/metrics.ts";
import type { Clock } from "../base/clock.ts";
import type { RequestInfo } from "./request.ts";

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
const MOST_READS = 400;
const MOST_WRITES = 200;

const READS = new Set(["get", "list", "watch"]);

interface Measured {
  readonly info: RequestInfo;
}

type Labels = "verb" | "group" | "resource";

export class Load {
  readonly #clock: Clock;
  readonly #requests: Counter<Labels>;
  readonly #seconds: Histogram<Labels>;
  readonly #inflight: Gauge<"kind">;
  readonly #began = new WeakMap<object, number>();
  readonly #seated = new WeakMap<object, "read" | "write">();
  readonly #seats = { read: 0, write: 0 };

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    const labels = ["verb", "group", "resource"] as const;
    this.#requests = metrics.counter({
      name: "apiserver_request_total",
      help: "Requests by verb and resource.",
      labels,
    });
    this.#seconds = metrics.histogram({
      name: "apiserver_request_duration_seconds",
      help: "How long requests took.",
      labels,
      buckets: REQUEST_SECONDS,
    });
    this.#inflight = metrics.gauge({
      name: "apiserver_current_inflight_requests",
      help: "Requests that hold a seat.",
      labels: ["kind"],
    });
  }

  began(request: object): void {
    this.#began.set(request, this.#clock.monotonic());
  }

  /** False when there is no room. */
  takeSeat(request: Measured): boolean {
    const kind = READS.has(request.info.verb) ? "read" : "write";
    if (this.#seats[kind] >= (kind === "read" ? MOST_READS : MOST_WRITES)) return false;
    this.#seats[kind]++;
    this.#seated.set(request, kind);
    return true;
  }

  ended(request: Measured): void {
    const kind = this.#seated.get(request);
    if (kind !== undefined) this.#seats[kind]--;
    const { verb, group, resource } = request.info;
    const labels = { verb, group, resource };
    this.#requests.inc(labels);
    this.#seconds.observe(labels, (this.#clock.monotonic() - (this.#began.get(request) ?? 0)) / 1000);
    this.#inflight.set({ kind: "mutating" }, this.#seats.write);
    this.#inflight.set({ kind: "readOnly" }, this.#seats.read);
  }
}
