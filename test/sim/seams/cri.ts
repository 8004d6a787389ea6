// The line between a kubelet and its container runtime: every call passes rules, and is told to who listens. It
// refuses to answer in the runtime's place.
import type { Cri } from "../../../src/kubelet/cri.ts";

export interface CriRule {
  /** Before the call reaches the runtime; throwing fails it. The signal is the caller's. */
  call?(name: string, signal: AbortSignal | undefined): Promise<void> | void;
  /** After the runtime did it; throwing loses the answer. */
  done?(name: string): void;
}

type Unary = (
  request: Readonly<Record<string, unknown>>,
  options?: { readonly signal?: AbortSignal },
) => Promise<unknown>;

/** `cri` behind `rules`; `onCall` hears of each call that reaches the runtime. */
export function throughRules(
  cri: Cri,
  rules: ReadonlySet<CriRule>,
  onCall: (name: string, request: Readonly<Record<string, unknown>>) => void,
): Cri {
  const wrapped = <S extends object>(service: S): S =>
    new Proxy(service, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function" || typeof name !== "string" || name.startsWith("stream")) return method;
        const call: Unary = async (request, options) => {
          for (const rule of rules) await rule.call?.(name, options?.signal);
          options?.signal?.throwIfAborted();
          onCall(name, request);
          const answer = await (method as Unary)(request, options);
          for (const rule of rules) rule.done?.(name);
          return answer;
        };
        return call;
      },
    });
  return { runtime: wrapped(cri.runtime), images: wrapped(cri.images), changes: (signal) => cri.changes(signal) };
}
