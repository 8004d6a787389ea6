// Subresources that are written like the object but reach one corner of it. It refuses to check what is written there:
// rules do.
import type { CommandName, KubeObject } from "../../schema/resource.ts";

type View = (object: KubeObject, old: KubeObject) => KubeObject;

type Loose = Readonly<Record<string, unknown>>;
const part = (object: KubeObject, name: string) => ((object as unknown as Loose)[name] ?? {}) as Loose;

/** `base` with one member of one of its parts replaced. */
function replacing(base: KubeObject, name: string, member: string, value: unknown): KubeObject {
  const { [member]: _, ...rest } = part(base, name);
  return { ...base, [name]: value === undefined ? rest : { ...rest, [member]: value } } as KubeObject;
}

/** The old object, but for who manages it: ownership is recorded whatever comes of the fields. */
function keeping(old: KubeObject, object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = old.metadata;
  const { managedFields } = object.metadata;
  return { ...old, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

const ephemeralContainers: View = (object, old) =>
  replacing(keeping(old, object), "spec", "ephemeralContainers", part(object, "spec")["ephemeralContainers"]);

const finalizeNamespace: View = (object, old) =>
  replacing({ ...old, metadata: object.metadata }, "spec", "finalizers", part(object, "spec")["finalizers"]);

const approval: View = (object, old) =>
  replacing({ ...old, metadata: object.metadata }, "status", "conditions", part(object, "status")["conditions"]);

interface Container {
  readonly name: string;
  readonly resources?: unknown;
  readonly resizePolicy?: unknown;
}

/** Resources and resize policies of the containers that are there; nothing else of the pod. */
const resize: View = (object, old) => {
  let spec: Loose = part(old, "spec");
  for (const list of ["containers", "initContainers"]) {
    const wanted = (part(object, "spec")[list] ?? []) as readonly Container[];
    const have = spec[list] as readonly Container[] | undefined;
    if (have === undefined) continue;
    const resized = have.map((container) => {
      const found = wanted.find((one) => one.name === container.name);
      return found === undefined
        ? container
        : { ...container, resources: found.resources, resizePolicy: found.resizePolicy };
    });
    spec = { ...spec, [list]: resized };
  }
  return { ...keeping(old, object), spec } as KubeObject;
};

/** By the name of the command; the others are calls with bodies of their own. */
export const commandViews: Partial<Record<CommandName, View>> = {
  ephemeralContainers,
  finalizeNamespace,
  approval,
  resize,
};
