// Rule: `npm ci` works on a fresh clone: exact versions, and a lock that names everything. It refuses to ask a registry.
import type { Finding, Rule } from "./tree.ts";

type Versions = Readonly<Record<string, string>>;

interface Package {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

interface Lock {
  readonly packages: Readonly<Record<string, Package & { readonly version?: string }>>;
}

export const lock: Rule = {
  name: "lock",
  *check(tree): Iterable<Finding> {
    const [manifestText, lockText] = [tree.texts.get("package.json"), tree.texts.get("package-lock.json")];
    if (manifestText === undefined || lockText === undefined) return;
    const manifest = JSON.parse(manifestText) as Package;
    const { packages } = JSON.parse(lockText) as Lock;
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"] as const) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        if (!/^\d/.test(version)) yield { file: "package.json", message: `wants ${name} ${version}: pin it exactly` };
        const locked = packages[`node_modules/${name}`]?.version;
        if (locked !== version) {
          yield { file: "package-lock.json", message: `has ${name} ${locked ?? "nowhere"}, package.json ${version}` };
        }
      }
    }
    // npm ci refuses a lock that leaves out builds for other platforms, though it would not install them.
    for (const [place, { optionalDependencies = {} }] of Object.entries(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        if (packages[`node_modules/${name}`] === undefined && packages[`${place}/node_modules/${name}`] === undefined) {
          yield { file: "package-lock.json", message: `does not have ${name}, which ${place || "the root"} may want` };
        }
      }
    }
  },
};
