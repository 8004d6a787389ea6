// A Cri whose calls are counted and timed, under upstream's names. It refuses to change what they answer.
import type { Clock } from "../../base/clock.ts";
import type { Metrics } from "../../base/metrics.ts";
import type { Cri } from "../cri.ts";

const BUCKETS = [0.005, 0.0125, 0.03125, 0.078125, 0.195, 0.488, 1.22, 3.05, 7.63, 19.07, 47.68, 119.2, 298];

/** As upstream writes it: `runPodSandbox` is run_podsandbox, `execSync` exec_sync. */
export const operationType = (call: string): string =>
  call.replace("PodSandbox", "Podsandbox").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function measuredCri(cri: Cri, metrics: Metrics, clock: Clock): Cri {
  const labels = ["operation_type"] as const;
  const total = metrics.counter({
    name: "kubelet_runtime_operations_total",
    help: "Calls of the container runtime.",
    labels,
  });
  const errors = metrics.counter({
    name: "kubelet_runtime_operations_errors_total",
    help: "Calls of the runtime that failed.",
    labels,
  });
  const duration = metrics.histogram({
    name: "kubelet_runtime_operations_duration_seconds",
    help: "How long calls of the runtime took, in seconds.",
    labels,
    buckets: BUCKETS,
  });

  async function measure<T>(call: string, answer: Promise<T>): Promise<T> {
    const began = clock.monotonic();
    const operation_type = operationType(call);
    total.inc({ operation_type });
    try {
      return await answer;
    } catch (error) {
      errors.inc({ operation_type });
      throw error;
    } finally {
      duration.observe({ operation_type }, (clock.monotonic() - began) / 1000);
    }
  }

  /** Calls that stream have no end to be timed by. */
  const wrapped = <C extends object>(calls: C): C =>
    new Proxy(calls, {
      get(target, name, receiver) {
        const call: unknown = Reflect.get(target, name, receiver);
        if (typeof call !== "function" || typeof name !== "string") return call;
        return (...parameters: readonly unknown[]) => {
          const answer: unknown = Reflect.apply(call, target, parameters);
          return answer instanceof Promise ? measure(name, answer) : answer;
        };
      },
    });

  return { runtime: wrapped(cri.runtime), images: wrapped(cri.images), changes: (signal) => cri.changes(signal) };
}
