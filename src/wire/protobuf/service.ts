// What a gRPC service offers, as values: names, kinds and message types of its methods.
// It refuses to call anything (wire/grpc does).
import type { AnyMessage } from "./message.ts";

/** Who sends one message and who sends many. */
export type MethodKind = "unary" | "serverStream" | "clientStream" | "bidiStream";

export interface Method<K extends MethodKind, I extends AnyMessage, O extends AnyMessage> {
  readonly kind: K;
  readonly input: I;
  readonly output: O;
}

export type Methods = Readonly<Record<string, Method<MethodKind, AnyMessage, AnyMessage>>>;

export interface Service<M extends Methods> {
  /** The full name, such as `runtime.v1.RuntimeService`. */
  readonly name: string;
  /** By the method's own name, such as `RunPodSandbox`. */
  readonly methods: M;
}

export function service<const M extends Methods>(name: string, methods: M): Service<M> {
  return { name, methods };
}

export function unary<I extends AnyMessage, O extends AnyMessage>(input: I, output: O): Method<"unary", I, O> {
  return { kind: "unary", input, output };
}

export function serverStream<I extends AnyMessage, O extends AnyMessage>(
  input: I,
  output: O,
): Method<"serverStream", I, O> {
  return { kind: "serverStream", input, output };
}

export function clientStream<I extends AnyMessage, O extends AnyMessage>(
  input: I,
  output: O,
): Method<"clientStream", I, O> {
  return { kind: "clientStream", input, output };
}

export function bidiStream<I extends AnyMessage, O extends AnyMessage>(
  input: I,
  output: O,
): Method<"bidiStream", I, O> {
  return { kind: "bidiStream", input, output };
}
