// The path of a field as messages name it: `spec.containers[0].name`, `metadata.labels[a/b]`. It refuses to read values (see schema/pointer.ts).

/** Immutable; children are made, not changed. An empty root prints as `<nil>` like upstream's nil path. */
export class FieldPath {
  static readonly root = new FieldPath(undefined, "");
  readonly #parent: FieldPath | undefined;
  readonly #step: string;

  private constructor(parent: FieldPath | undefined, step: string) {
    this.#parent = parent;
    this.#step = step;
  }

  /** `FieldPath.of("spec", "containers")` is `spec.containers`. */
  static of(...names: string[]): FieldPath {
    return FieldPath.root.child(...names);
  }

  child(...names: string[]): FieldPath {
    return names.reduce<FieldPath>(
      (path, name) => new FieldPath(path, stepText(name, path.#parent !== undefined || path.#step !== "")),
      this,
    );
  }

  index(index: number): FieldPath {
    return new FieldPath(this, `[${index}]`);
  }

  key(key: string): FieldPath {
    return new FieldPath(this, `[${key}]`);
  }

  toString(): string {
    return this.#text() || "<nil>";
  }

  #text(): string {
    return (this.#parent ? this.#parent.#text() : "") + this.#step;
  }
}

/** A name of its own, or after others; upstream prints an empty one (of a fault in the object as a whole) as `[]`. */
const stepText = (name: string, follows: boolean) => (name === "" ? "[]" : follows ? `.${name}` : name);
