// One version of one object as the cache keeps it: its stored bytes, and what can be made from them without decoding.
// It refuses to know a schema: who decodes is given by the Form of the kind.
//
// An object is stored without its resourceVersion, as `{"apiVersion":"…","kind":"…","metadata":{"name":…`. It is kept with
// it, as the line that answers a GET: that is sent as it lies, a list item and a watch frame are parts of it copied once,
// and nothing is ever encoded again.
import { deepFreeze } from "../../schema/freeze.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Entry } from "../../store/store.ts";

/** What all stored objects of one kind have in common. */
export interface Form {
  readonly apiVersion: string;
  readonly kind: string;
  /** The first bytes of every stored object, up to and including the brace that opens metadata. */
  readonly head: Buffer;
  /** Stored bytes as a frozen object, without resourceVersion. */
  readonly decode: (bytes: Uint8Array) => KubeObject;
  /**
   * What is shown of bytes that were stored under another schema (custom resources, whose definitions change): pruned,
   * and with today's defaults; the same bytes where that is what they are. Read once: the object comes along.
   */
  readonly renew?: ((bytes: Uint8Array) => { readonly bytes: Uint8Array; readonly object: KubeObject }) | undefined;
  /** What a field selector may ask for, beside name and namespace. */
  readonly fieldsOf: ((object: KubeObject) => Readonly<Record<string, string>>) | undefined;
}

export function formOf(
  apiVersion: string,
  kind: string,
  { decode, renew, fieldsOf }: Pick<Form, "decode" | "renew" | "fieldsOf">,
): Form {
  return {
    apiVersion,
    kind,
    decode,
    renew,
    head: Buffer.from(`{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{`),
    fieldsOf,
  };
}

/** How metadata begins, at the end of each head. */
const METADATA = '"metadata":{';
const OPEN = 0x7b;
const LINE_END = 0x0a;
/** What is not stored (revision 0) has none. */
const versionText = (revision: number) => (revision === 0 ? "" : `"resourceVersion":"${revision}",`);
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

export class Kept {
  readonly form: Form;
  readonly key: string;
  readonly revision: number;
  readonly created: number;
  /** The whole object in JSON with its resourceVersion, and the end of the line. Never written to. */
  readonly line: Buffer;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** Decoded on demand; whoever needs it keeps it alive, the cache does not. */
  #object: WeakRef<KubeObject> | undefined;
  readonly #stored: Uint8Array | undefined;

  /**
   * `object`: the decoded form without resourceVersion, when the writer is at hand; else the bytes are read once.
   * `stored`: what the store holds, where the entry has been renewed.
   */
  constructor(form: Form, entry: Entry, object: KubeObject | undefined, stored?: Uint8Array) {
    this.form = form;
    this.#stored = stored;
    this.key = entry.key;
    this.revision = entry.revision;
    this.created = entry.created;
    this.line = lineOf(form, entry.value, entry.revision);
    const whole = object ?? withRevision(form.decode(entry.value), entry.revision);
    this.labels = (whole.metadata.labels as Readonly<Record<string, string>> | undefined) ?? NO_LABELS;
    this.fields = form.fieldsOf?.(whole);
    // What comes out is always what the bytes say, down to the order of keys: a writer's own object may differ in that,
    // and whether it is still alive is chance.
    this.#object = object === undefined ? new WeakRef(whole) : undefined;
  }

  get name(): string {
    return this.key.slice(this.key.lastIndexOf("/") + 1);
  }

  /** Bytes that this version takes. */
  get size(): number {
    return this.line.length;
  }

  /** What the store holds: for who compares with it. */
  get stored(): Uint8Array {
    return this.#stored ?? this.bytes;
  }

  /** What is shown, as it would be stored: made anew, for who decodes it. */
  get bytes(): Uint8Array {
    const { head } = this.form;
    const from = head.length + versionText(this.revision).length;
    const out = Buffer.allocUnsafe(this.line.length - (from - head.length) - 1);
    this.line.copy(out, head.copy(out), from, this.line.length - 1);
    return out;
  }

  /** The frozen object, its resourceVersion included. */
  get object(): KubeObject {
    let object = this.#object?.deref();
    if (object === undefined) {
      object = withRevision(this.form.decode(this.bytes), this.revision);
      this.#object = new WeakRef(object);
    }
    return object;
  }

  /** The line as it was at `revision`: a deletion shows the last state with the revision of the deletion. */
  lineAt(revision: number): Buffer {
    return revision === this.revision ? this.line : lineOf(this.form, this.bytes, revision);
  }

  /** The bytes of this object as an item of a list. */
  get itemBytes(): number {
    return this.line.length - this.#metadataAt;
  }

  /** Writes the object as an item of a list, without apiVersion and kind; returns the place behind it. */
  writeItem(target: Buffer, at: number): number {
    target[at] = OPEN;
    return at + 1 + this.line.copy(target, at + 1, this.#metadataAt, this.line.length - 1);
  }

  get #metadataAt(): number {
    return this.form.head.length - METADATA.length;
  }
}

/** Stored bytes with the resourceVersion in its place. */
function lineOf({ head }: Form, stored: Uint8Array, revision: number): Buffer {
  const version = versionText(revision);
  // Kept for long: a small one must not hold the whole page of a pool.
  const out = Buffer.allocUnsafeSlow(stored.length + version.length + 1);
  out.set(stored, version.length);
  head.copy(out);
  out.write(version, head.length, "latin1");
  out[out.length - 1] = LINE_END;
  return out;
}

/** The frozen object with this resourceVersion, in the place among the metadata that the wire declaration gives it. */
export function withRevision(object: KubeObject, revision: number): KubeObject {
  if (revision === 0) return object;
  const { name, generateName, namespace, selfLink, uid, ...rest } = object.metadata;
  const metadata = {
    ...(name !== undefined && { name }),
    ...(generateName !== undefined && { generateName }),
    ...(namespace !== undefined && { namespace }),
    ...(selfLink !== undefined && { selfLink }),
    ...(uid !== undefined && { uid }),
    resourceVersion: String(revision),
  };
  Object.assign(metadata, rest, { resourceVersion: metadata.resourceVersion });
  return deepFreeze({ ...object, metadata });
}

/** Whether stored bytes begin as the form says; others (written by an older release) must be read and written anew. */
export function hasHead(form: Form, bytes: Uint8Array): boolean {
  return (
    bytes.length > form.head.length &&
    form.head.equals(bytes.subarray(0, form.head.length)) &&
    bytes[form.head.length] !== 0x7d
  );
}
