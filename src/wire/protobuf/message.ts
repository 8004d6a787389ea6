// The one way to say what a protobuf message is: a value that encodes, decodes and has an inferred type.
// It refuses to parse .proto files and to keep unknown fields. Scalars live in scalar.ts.
//
// A decoded message is a plain object in camelCase with proto3's meaning: scalars, lists and maps are always there
// (zero, [] and {} when absent on the wire), messages and `optional` scalars only when they were sent.
// What is to be encoded may leave out everything; a field at its zero is not written.
import { BYTES, ProtobufError, ProtobufReader, ProtobufWriter } from "./codec.ts";
import type { Scalar } from "./scalar.ts";

/** A list. Numbers are written packed and read both ways. */
export interface Repeated<V extends Value> {
  readonly form: "repeated";
  readonly of: V;
}

/** An object with string keys (numeric map keys become their decimal text, as in protobuf's JSON). */
export interface MapOf<V extends Value> {
  readonly form: "map";
  readonly key: Scalar<string> | Scalar<number>;
  readonly value: V;
}

/** A scalar whose absence differs from its zero: proto3 `optional`, and members of a oneof. */
export interface Optional<S extends Scalar<unknown>> {
  readonly form: "optional";
  readonly of: S;
}

/** A message named before it exists: for shapes that contain themselves. `T` is its type, said by hand. */
export interface Lazy<T> {
  readonly form: "lazy";
  readonly message: () => AnyMessage;
  /** Never set: carries the type. */
  readonly type?: T;
}

/** A message type: `PodSandboxConfig.encode({hostname: "a"})`, `PodSandboxConfig.decode(bytes).hostname`. */
export interface MessageType<F extends Fields> {
  readonly form: "message";
  /** The full protobuf name, such as `runtime.v1.PodSandboxConfig`. */
  readonly name: string;
  readonly fields: F;
  /** Throws {@link ProtobufError} naming the field whose value does not fit its type. */
  encode(value: InitOf<F>): Uint8Array<ArrayBuffer>;
  /** Throws {@link ProtobufError} when the bytes are not such a message. `bytes` fields are views into `data`. */
  decode(data: Uint8Array): OutOf<F>;
  writeTo(writer: ProtobufWriter, value: InitOf<F>): void;
  readFrom(reader: ProtobufReader): OutOf<F>;
}

/** Any message type, where its fields do not matter. */
export interface AnyMessage {
  readonly form: "message";
  readonly name: string;
  readonly fields: Fields;
  encode(value: object): Uint8Array<ArrayBuffer>;
  decode(data: Uint8Array): object;
  writeTo(writer: ProtobufWriter, value: object): void;
  readFrom(reader: ProtobufReader): object;
}

/** What a list or a map may hold. */
export type Value = Scalar<unknown> | AnyMessage | Lazy<unknown>;
export type FieldType = Value | Repeated<Value> | MapOf<Value> | Optional<Scalar<unknown>>;

export interface Field<T extends FieldType> {
  readonly number: number;
  readonly type: T;
  /** Of the fields that name the same oneof at most one is set. */
  readonly oneof: string | undefined;
}

export type Fields = Readonly<Record<string, Field<FieldType>>>;

type Out<T> =
  T extends Scalar<infer V>
    ? V
    : T extends MessageType<infer F>
      ? OutOf<F>
      : T extends Lazy<infer V>
        ? V
        : T extends Repeated<infer V>
          ? Out<V>[]
          : T extends MapOf<infer V>
            ? Record<string, Out<V>>
            : T extends Optional<infer S>
              ? Out<S>
              : never;

type Init<T> =
  T extends Scalar<infer V>
    ? V
    : T extends MessageType<infer F>
      ? InitOf<F>
      : T extends Lazy<infer V>
        ? V
        : T extends Repeated<infer V>
          ? readonly Init<V>[]
          : T extends MapOf<infer V>
            ? Readonly<Record<string, Init<V>>>
            : T extends Optional<infer S>
              ? Init<S>
              : never;

type MaybeAbsent = { form: "message" } | { form: "lazy" } | { form: "optional" };
type AbsentKeys<F extends Fields> = { [K in keyof F]: F[K]["type"] extends MaybeAbsent ? K : never }[keyof F];

type OutOf<F extends Fields> = { -readonly [K in Exclude<keyof F, AbsentKeys<F>>]: Out<F[K]["type"]> } & {
  -readonly [K in AbsentKeys<F>]?: Out<F[K]["type"]>;
};
type InitOf<F extends Fields> = { readonly [K in keyof F]?: Init<F[K]["type"]> | undefined };

/** What `M.decode` answers: `export interface PodIP extends MessageIn<typeof PodIP> {}`. */
export type MessageIn<M> = M extends MessageType<infer F> ? OutOf<F> : never;
/** What `M.encode` takes: every part of it may be left out. A decoded message fits. */
export type MessageInit<M> = M extends MessageType<infer F> ? InitOf<F> : never;

/** One field of a message. `oneof` names the group of which at most one is set. */
export function field<const T extends FieldType>(number: number, type: T, oneof?: string): Field<T> {
  return { number, type, oneof };
}

export function repeated<const V extends Value>(of: V): Repeated<V> {
  return { form: "repeated", of };
}

export function map<const V extends Value>(key: Scalar<string> | Scalar<number>, value: V): MapOf<V> {
  return { form: "map", key, value };
}

export function optional<const S extends Scalar<unknown>>(of: S): Optional<S> {
  return { form: "optional", of };
}

/** `lazy<TxnRequest>((): AnyMessage => TxnRequest)`: the annotation keeps the compiler from running in a circle. */
export function lazy<T>(message: () => AnyMessage): Lazy<T> {
  return { form: "lazy", message };
}

/** One writer for all encoding: an encode is one synchronous stretch. */
const pooled = new ProtobufWriter(4096);

/** Defines a message type. Field order is writing order. */
export function message<const F extends Fields>(name: string, fields: F): MessageType<F> {
  let known: Plan | undefined;
  const plan = () => (known ??= planOf(name, fields));
  const type: MessageType<F> = {
    form: "message",
    name,
    fields,
    encode(value) {
      try {
        type.writeTo(pooled, value);
        return pooled.finish();
      } finally {
        pooled.reset();
      }
    },
    decode: (data) => type.readFrom(new ProtobufReader(data)),
    writeTo: (writer, value) => writeMessage(plan(), writer, value as Bag),
    readFrom: (reader) => readMessage(plan(), reader) as OutOf<F>,
  };
  return type;
}

type Bag = Record<string, unknown>;

/** A field made ready for the loops below: one closure for each direction. */
interface Step {
  readonly name: string;
  readonly oneof: string | undefined;
  /** Makes the value of an absent field; undefined where absence is the value. */
  readonly absent: (() => unknown) | undefined;
  write(writer: ProtobufWriter, value: unknown): void;
  /** Answers the field's new value. `before` is the present one: lists, maps and messages grow. */
  read(reader: ProtobufReader, wireType: number, before: unknown): unknown;
  /** Whether a value of this wire type can be read; another is skipped like an unknown field. */
  takes(wireType: number): boolean;
}

interface Plan {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly byNumber: ReadonlyMap<number, Step>;
  readonly hasOneofs: boolean;
}

function planOf(name: string, fields: Fields): Plan {
  const byNumber = new Map<number, Step>();
  const steps = Object.entries(fields).map(([key, { number, type, oneof }]) => {
    const step = stepOf(`${name}.${key}`, key, number, type, oneof);
    if (byNumber.has(number)) throw new ProtobufError(`${name} has field number ${number} twice`);
    byNumber.set(number, step);
    return step;
  });
  return { name, steps, byNumber, hasOneofs: steps.some((step) => step.oneof !== undefined) };
}

function writeMessage(plan: Plan, writer: ProtobufWriter, value: Bag): void {
  if (typeof value !== "object" || value === null)
    throw new ProtobufError(`${plan.name}: ${typeof value} is no message`);
  let taken: Set<string> | undefined;
  for (const step of plan.steps) {
    const part = value[step.name];
    if (part === undefined) continue;
    if (step.oneof !== undefined) {
      if (taken?.has(step.oneof))
        throw new ProtobufError(`${plan.name}: two fields of the oneof ${step.oneof} are set`);
      (taken ??= new Set()).add(step.oneof);
    }
    step.write(writer, part);
  }
}

function readMessage(plan: Plan, reader: ProtobufReader, into?: Bag): Bag {
  const value: Bag = into ?? {};
  if (into === undefined) {
    for (const step of plan.steps) if (step.absent !== undefined) value[step.name] = step.absent();
  }
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    const step = plan.byNumber.get(tag >>> 3);
    if (step === undefined || !step.takes(tag & 7)) {
      reader.skip(tag);
      continue;
    }
    if (step.oneof !== undefined) forgetOthers(plan, step, value);
    value[step.name] = step.read(reader, tag & 7, value[step.name]);
  }
  return value;
}

/** Of a oneof the last one on the wire counts. */
function forgetOthers(plan: Plan, step: Step, value: Bag): void {
  for (const other of plan.steps) if (other !== step && other.oneof === step.oneof) delete value[other.name];
}

function stepOf(path: string, name: string, number: number, type: FieldType, oneof: string | undefined): Step {
  switch (type.form) {
    case "scalar":
    case "optional":
      return scalarStep(path, name, number, type, oneof);
    case "message":
    case "lazy":
      return messageStep(name, number, messageOf(type), oneof);
    case "repeated":
      return repeatedStep(path, name, number, type.of);
    case "map":
      return mapStep(path, name, number, type);
  }
}

function messageOf(type: AnyMessage | Lazy<unknown>): AnyMessage {
  return type.form === "lazy" ? type.message() : type;
}

function check(path: string, type: Scalar<unknown>, value: unknown): void {
  if (!type.accepts(value)) throw new ProtobufError(`${path}: ${shown(value)} is not of type ${type.name}`);
}

function shown(value: unknown): string {
  return typeof value === "object" ? "an object" : String(value).slice(0, 40);
}

function scalarStep(
  path: string,
  name: string,
  number: number,
  type: Scalar<unknown> | Optional<Scalar<unknown>>,
  oneof: string | undefined,
): Step {
  const scalar = type.form === "optional" ? type.of : type;
  const explicit = type.form === "optional";
  return {
    name,
    oneof,
    absent: explicit ? undefined : () => scalar.zero,
    takes: (wireType) => wireType === scalar.wireType,
    write(writer, value) {
      check(path, scalar, value);
      if (!explicit && scalar.isZero(value)) return;
      writer.tag(number, scalar.wireType);
      scalar.write(writer, value);
    },
    read: (reader) => scalar.read(reader),
  };
}

function messageStep(name: string, number: number, type: AnyMessage, oneof: string | undefined): Step {
  return {
    name,
    oneof,
    absent: undefined,
    takes: (wireType) => wireType === BYTES,
    write(writer, value) {
      const mark = writer.fork(number);
      type.writeTo(writer, value as object);
      writer.join(mark);
    },
    read(reader, _wireType, before) {
      const value = readNested(type, reader);
      // A message that arrives in two pieces is merged; no encoder in use does that, decoders have to.
      return before === undefined ? value : merge(type, before as Bag, value as Bag);
    },
  };
}

function readNested(type: AnyMessage, reader: ProtobufReader): object {
  const outer = reader.enter();
  const value = type.readFrom(reader);
  reader.leave(outer);
  return value;
}

function merge(type: AnyMessage, before: Bag, later: Bag): Bag {
  for (const [name, { type: of, oneof }] of Object.entries(type.fields)) {
    const value = later[name];
    if (value === undefined || (of.form === "scalar" && of.isZero(value))) continue;
    if (oneof !== undefined) {
      for (const [other, field] of Object.entries(type.fields)) {
        if (other !== name && field.oneof === oneof) delete before[other];
      }
    }
    const old = before[name];
    if (of.form === "repeated") before[name] = [...(old as unknown[]), ...(value as unknown[])];
    else if (of.form === "map") before[name] = { ...(old as Bag), ...(value as Bag) };
    else if (old !== undefined && (of.form === "message" || of.form === "lazy"))
      merge(messageOf(of), old as Bag, value as Bag);
    else before[name] = value;
  }
  return before;
}

function repeatedStep(path: string, name: string, number: number, of: Value): Step {
  const common = { name, oneof: undefined, absent: () => [] };
  const list = (value: unknown): readonly unknown[] => {
    if (!Array.isArray(value)) throw new ProtobufError(`${path}: ${shown(value)} is not a list`);
    return value;
  };
  if (of.form !== "scalar") {
    const type = of;
    return {
      ...common,
      takes: (wireType) => wireType === BYTES,
      write(writer, value) {
        for (const item of list(value)) {
          const mark = writer.fork(number);
          messageOf(type).writeTo(writer, item as object);
          writer.join(mark);
        }
      },
      read: (reader, _wireType, before) => ((before as unknown[]).push(readNested(messageOf(type), reader)), before),
    };
  }
  const packed = of.wireType !== BYTES;
  return {
    ...common,
    takes: (wireType) => wireType === of.wireType || (packed && wireType === BYTES),
    write(writer, value) {
      const items = list(value);
      if (items.length === 0) return;
      const mark = packed ? writer.fork(number) : 0;
      for (const item of items) {
        check(path, of, item);
        if (!packed) writer.tag(number, of.wireType);
        of.write(writer, item);
      }
      if (packed) writer.join(mark);
    },
    read(reader, wireType, before) {
      const items = before as unknown[];
      if (!packed || wireType !== BYTES) {
        items.push(of.read(reader));
        return items;
      }
      const outer = reader.enter();
      while (reader.position < reader.end) items.push(of.read(reader));
      reader.leave(outer);
      return items;
    },
  };
}

/** A map is a repeated message of key (1) and value (2). */
function mapStep(path: string, name: string, number: number, type: MapOf<Value>): Step {
  const numeric = type.key.zero === 0;
  const key = type.key as Scalar<unknown>;
  const of = type.value;
  // Entries carry key and value even at their zeros, as other encoders do. An error names the map, not the entry.
  const valueStep = stepOf(path, "value", 2, of.form === "scalar" ? optional(of) : of, undefined);
  return {
    name,
    oneof: undefined,
    absent: () => ({}),
    takes: (wireType) => wireType === BYTES,
    write(writer, value) {
      if (typeof value !== "object" || value === null) throw new ProtobufError(`${path}: ${shown(value)} is not a map`);
      for (const [k, v] of Object.entries(value)) {
        if (v === undefined) continue;
        const mark = writer.fork(number);
        const typed: unknown = numeric ? Number(k) : k;
        check(path, key, typed);
        writer.tag(1, key.wireType);
        key.write(writer, typed);
        valueStep.write(writer, v);
        writer.join(mark);
      }
    },
    read(reader, _wireType, before) {
      const outer = reader.enter();
      let k: unknown = key.zero;
      let v: unknown = of.form === "scalar" ? of.zero : undefined;
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        if (tag === ((1 << 3) | key.wireType)) k = key.read(reader);
        else if (tag >>> 3 === 2 && valueStep.takes(tag & 7)) v = valueStep.read(reader, tag & 7, v);
        else reader.skip(tag);
      }
      reader.leave(outer);
      if (v === undefined && of.form !== "scalar") v = messageOf(of).decode(NO_BYTES);
      // `__proto__` is a key like any other here, and must not change what the object is. (Slow, so only then.)
      if (k === "__proto__")
        Object.defineProperty(before, k, { value: v, enumerable: true, writable: true, configurable: true });
      else (before as Bag)[String(k)] = v;
      return before;
    },
  };
}

const NO_BYTES = new Uint8Array(0);
