// Rule: an import only goes down, types included. It refuses exceptions: a wall moves with a page in docs/decisions/.
import type { Finding, Rule } from "./tree.ts";

/**
 * The rooms from the lowest floor up, and what each may import. "wire/protobuf" names one folder of a room. Rooms
 * of one floor never appear in each other's lists; a test beside this file holds the table to that.
 */
export const FLOORS: Readonly<Record<string, { floor: number; may: readonly string[] }>> = {
  base: { floor: 0, may: [] },
  wire: { floor: 1, may: ["base"] },
  cel: { floor: 1, may: ["base"] },
  schema: { floor: 2, may: ["cel", "wire/protobuf", "base"] },
  store: { floor: 2, may: ["wire", "base"] },
  resources: { floor: 3, may: ["schema", "cel", "base"] },
  client: { floor: 3, may: ["schema", "wire", "base"] },
  reconcile: { floor: 4, may: ["resources", "client", "schema", "base"] },
  apiserver: {
    floor: 5,
    may: ["store", "wire", "resources", "client", "reconcile", "schema", "cel", "base"],
  },
  controllers: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  scheduler: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  kubelet: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  proxy: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  dns: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  ingress: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  metrics: { floor: 5, may: ["reconcile", "resources", "client", "wire", "schema", "base"] },
  cli: { floor: 6, may: ["client", "resources", "schema", "wire", "base"] },
  console: { floor: 6, may: ["client", "resources", "schema", "base"] },
  programs: { floor: 7, may: ["*"] },
};

/** Files directly below src: they belong to the top floor with programs/. */
const TOP_FILES = new Set(["src/main.ts", "src/kaji.ts"]);

export const floors: Rule = {
  name: "floors",
  *check(tree): Iterable<Finding> {
    for (const room of tree.rooms) {
      if (FLOORS[room] === undefined) {
        yield { file: `src/${room}`, message: `stands on no floor: give it a line in tools/tidy/floors.ts` };
      }
    }
    for (const source of tree.sources.values()) {
      if (!source.file.startsWith("src/")) continue;
      const room = roomOf(source.file);
      if (room === undefined && !TOP_FILES.has(source.file)) {
        yield { file: source.file, message: "is in no room: only the entry stands directly below src/" };
      }
      for (const { target, line } of source.imports) {
        const message = target && verdict(room, target);
        if (message) yield { file: source.file, line, message };
      }
    }
  },
};

function roomOf(file: string): string | undefined {
  const [, room, ...rest] = file.split("/");
  return rest.length > 0 ? room : undefined;
}

function verdict(room: string | undefined, target: string): string | undefined {
  if (!target.startsWith("src/")) {
    return target.endsWith("package.json") ? undefined : `imports ${target}: nothing in src/ imports from outside it`;
  }
  const to = roomOf(target);
  if (to === undefined) return `imports ${target}: nothing imports the entry`;
  if (room === undefined || room === to) return undefined;
  const here = FLOORS[room];
  const there = FLOORS[to];
  if (here === undefined || there === undefined) return undefined;
  const allowed = here.may.some((may) => may === "*" || may === to || target.startsWith(`src/${may}/`));
  if (allowed) return undefined;
  if (here.floor === there.floor) return `imports ${target}: ${room}/ and ${to}/ share floor ${here.floor}`;
  if (here.floor < there.floor) {
    return `imports ${target}: ${room}/ (floor ${here.floor}) is below ${to}/ (floor ${there.floor})`;
  }
  return `imports ${target}: ${room}/ may import ${here.may.join(", ")}, not ${to}/`;
}
