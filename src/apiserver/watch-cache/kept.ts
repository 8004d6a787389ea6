// One version of one object as the cache keeps it: its stored bytes, and what can be made from them without decoding.
// It refuses to know a schema: who decodes is given by the Form of the kind.
//
// An object is stored without its resourceVersion, as `{"apiVersion":"…","kind":"…","metadata":{"name":…`. That head
// has the same length for all objects of a kind, so the resourceVersion is spliced in behind it: an answer, a list
// item and a watch frame are the kept bytes with a few others before them, never an encoding of their own.
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
  /** What a field selector may ask for, beside name and namespace. */
  readonly fieldsOf: ((object: KubeObject) => Readonly<Record<string, string>>) | undefined;
}

export function formOf(
  apiVersion: string,
  kind: string,
  { decode, fieldsOf }: Pick<Form, "decode" | "fieldsOf">,
): Form {
  return {
    apiVersion,
    kind,
    decode,
    head: Buffer.from(`{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{`),
    fieldsOf,
  };
}

const ITEM_HEAD = Buffer.from('{"metadata":{');
/** What is not stored (revision 0) has none. */
const versionText = (revision: number) => (revision === 0 ? "" : `"resourceVersion":"${revision}",`);
const NOTHING = Buffer.alloc(0);
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

export class Kept {
  readonly form: Form;
  readonly key: string;
  readonly revision: number;
  readonly created: number;
  readonly bytes: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** Decoded on demand; whoever needs it keeps it alive, the cache does not. */
  #object: WeakRef<KubeObject> | undefined;

  /** `object`: the decoded form without resourceVersion, when the writer is at hand; else the bytes are read once. */
  constructor(form: Form, entry: Entry, object: KubeObject | undefined) {
    this.form = form;
    this.key = entry.key;
    this.revision = entry.revision;
    this.created = entry.created;
    this.bytes = entry.value;
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

  /** The frozen object, its resourceVersion included. */
  get object(): KubeObject {
    let object = this.#object?.deref();
    if (object === undefined) {
      object = withRevision(this.form.decode(this.bytes), this.revision);
      this.#object = new WeakRef(object);
    }
    return object;
  }

  /**
   * The whole object in JSON between two texts, at `revision` (a deletion shows the last state with the revision of the
   * deletion).
   */
  json(revision: number = this.revision, before: Buffer = NOTHING, after: Buffer = NOTHING): Buffer {
    const { head } = this.form;
    const version = versionText(revision);
    const rest = this.bytes.length - head.length;
    const out = Buffer.allocUnsafe(before.length + this.bytes.length + version.length + after.length);
    let at = before.copy(out);
    at += head.copy(out, at);
    at += out.write(version, at, "latin1");
    out.set(this.bytes.subarray(head.length), at);
    after.copy(out, at + rest);
    return out;
  }

  /** The bytes of this object as an item of a list. */
  get itemBytes(): number {
    return ITEM_HEAD.length + versionText(this.revision).length + this.bytes.length - this.form.head.length;
  }

  /** Writes the object as an item of a list, without apiVersion and kind; returns the place behind it. */
  writeItem(target: Buffer, at: number): number {
    const version = versionText(this.revision);
    ITEM_HEAD.copy(target, at);
    const versionAt = at + ITEM_HEAD.length;
    target.write(version, versionAt, "latin1");
    const from = this.form.head.length;
    target.set(from === 0 ? this.bytes : this.bytes.subarray(from), versionAt + version.length);
    return versionAt + version.length + this.bytes.length - from;
  }
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
