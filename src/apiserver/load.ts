// How much the server has to do at this moment, and how much it takes. It refuses to queue: what does not fit is told to come again.
import type { Counter, Histogram, Metrics } from "../base/metrics.ts";
import { REQUEST_SECONDS } from "../base/metrics.ts";
import type { Clock } from "../base/clock.ts";
import type { RequestInfo } from "./request.ts";

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
const MOST_READS = 400;
const MOST_WRITES = 200;

const READS = new Set(["get", "list", "watch"]);

/** What is noted on a request itself: looking it up elsewhere would cost more than counting it. */
export interface Measured {
  readonly info: RequestInfo;
  /** By the monotonic clock. */
  beganAt: number;
  seat: "read" | "write" | undefined;
}

/** Kinds of requests that are told apart, at most. */
const MOST_SERIES = 2000;
const OTHER = "other";

type Labels = "verb" | "group" | "resource";

/** What requests of one kind add to. */
interface Series {
  readonly requests: ReturnType<Counter<Labels>["of"]>;
  readonly seconds: ReturnType<Histogram<Labels>["of"]>;
}

export class Load {
  readonly #clock: Clock;
  readonly #requests: Counter<Labels>;
  readonly #seconds: Histogram<Labels>;
  readonly #series = new Map<string, Series>();
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
    for (const kind of ["read", "write"] as const) {
      metrics.gauge({
        name: `apiserver_current_inflight_${kind}_requests`,
        help: `Requests that ${kind} and hold a seat.`,
        read: () => this.#seats[kind],
      });
    }
  }

  began(request: Measured): void {
    request.beganAt = this.#clock.monotonic();
  }

  /** False when there is no room. */
  takeSeat(request: Measured): boolean {
    const kind = READS.has(request.info.verb) ? "read" : "write";
    if (this.#seats[kind] >= (kind === "read" ? MOST_READS : MOST_WRITES)) return false;
    this.#seats[kind]++;
    request.seat = kind;
    return true;
  }

  ended(request: Measured): void {
    if (request.seat !== undefined) this.#seats[request.seat]--;
    const { verb, group, resource } = request.info;
    const series = this.#series.get(`${verb} ${group}/${resource}`) ?? this.#seriesOf(verb, group, resource);
    series.requests.inc();
    series.seconds.observe((this.#clock.monotonic() - request.beganAt) / 1000);
  }

  /** Verbs and resources are whatever clients write: past a bound all that are new count together. */
  #seriesOf(verb: string, group: string, resource: string): Series {
    if (this.#series.size >= MOST_SERIES && verb !== OTHER) return this.#seriesOf(OTHER, OTHER, OTHER);
    const labels = { verb, group, resource };
    const series = { requests: this.#requests.of(labels), seconds: this.#seconds.of(labels) };
    this.#series.set(`${verb} ${group}/${resource}`, series);
    return series;
  }
}
