// How two specs differ (pods', above all), as the text that a message shows: both written out in full, then compared line by line.
// It refuses to be parsed.
//
// The names are those of Kubernetes' own source, because they can be seen there: `DNSPolicy`, `HostPID`. Absent
// pointers, lists and maps are null, plain values their zero; types of meta/v1 keep their JSON form.
import type { AnyObjectNode, Field, Node } from "../../../../schema/node.ts";
import { PodSpec } from "../spec.ts";

/** Lines of context around a change. */
const CONTEXT = 3;

/** Names that are more than their JSON form with a capital. */
const SPECIAL_NAMES: Readonly<Record<string, string>> = {
  apiVersion: "APIVersion",
  awsElasticBlockStore: "AWSElasticBlockStore",
  cephfs: "CephFS",
  csi: "CSI",
  dnsConfig: "DNSConfig",
  dnsPolicy: "DNSPolicy",
  fc: "FC",
  fsGroup: "FSGroup",
  fsGroupChangePolicy: "FSGroupChangePolicy",
  gcePersistentDisk: "GCEPersistentDisk",
  gmsaCredentialSpec: "GMSACredentialSpec",
  gmsaCredentialSpecName: "GMSACredentialSpecName",
  grpc: "GRPC",
  httpGet: "HTTPGet",
  httpHeaders: "HTTPHeaders",
  ip: "IP",
  iscsi: "ISCSI",
  nfs: "NFS",
  os: "OS",
  rbd: "RBD",
  serviceAccount: "DeprecatedServiceAccount",
  storageos: "StorageOS",
  tcpSocket: "TCPSocket",
  tty: "TTY",
  iqn: "IQN",
  wwids: "WWIDs",
};

const goName = (name: string): string => SPECIAL_NAMES[name] ?? name[0]!.toUpperCase() + name.slice(1);

const isMeta = (node: AnyObjectNode) => node.name.includes(".apis.meta.v1.");

/** A value in full, as something that JSON.stringify writes in the right order. */
function written(node: Node, value: unknown): unknown {
  switch (node.type) {
    case "object": {
      if (isMeta(node)) return value;
      const given = value as Readonly<Record<string, unknown>>;
      const fields = Object.entries(node.fields);
      return Object.fromEntries(fields.map(([name, field]) => [goName(name), writtenField(field, given[name])]));
    }
    case "list":
      return (value as readonly unknown[]).map((item) => written(node.items, item));
    case "map": {
      const entries = Object.entries(value as Readonly<Record<string, unknown>>);
      return Object.fromEntries(
        entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, written(node.values, v)]),
      );
    }
    default:
      return value;
  }
}

function writtenField(field: Field, value: unknown): unknown {
  if (value !== undefined) return written(field.node, value);
  if (field.pointer) return null;
  switch (field.node.type) {
    case "object":
      return written(field.node, {});
    case "string":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    default:
      return null;
  }
}

const linesOf = (node: AnyObjectNode, value: object): readonly string[] =>
  JSON.stringify(written(node, value), null, 1).split("\n");

/** One line of a comparison: kept (` `), gone (`-`) or new (`+`). */
type Edit = readonly [mark: " " | "-" | "+", line: string];

/** The shortest way from one list of lines to the other, what goes before what comes. */
function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const a = before.slice(start, before.length - end);
  const b = after.slice(start, after.length - end);
  // common[i][j]: the most lines that a from i and b from j have in common.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const middle: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      middle.push([" ", a[i]!]);
      i++;
      j++;
    } else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!))
      middle.push(["-", a[i++]!]);
    else middle.push(["+", b[j++]!]);
  }
  const kept = (lines: readonly string[]): Edit[] => lines.map((line) => [" ", line]);
  return [...kept(before.slice(0, start)), ...middle, ...kept(before.slice(before.length - end))];
}

const range = (start: number, length: number): string => (length === 1 ? `${start}` : `${start},${length}`);

/** Groups of changes with the lines around them, each under a line that says where it stands. */
function unified(all: readonly Edit[]): string {
  const text: string[] = [];
  let [oldLine, newLine, at] = [1, 1, 0];
  const skipTo = (index: number) => {
    for (; at < index; at++) {
      if (all[at]![0] !== "+") oldLine++;
      if (all[at]![0] !== "-") newLine++;
    }
  };
  const nextChange = (from: number) => all.findIndex(([mark], i) => i >= from && mark !== " ");
  for (let change = nextChange(0); change >= 0; change = nextChange(at)) {
    skipTo(Math.max(at, change - CONTEXT));
    let end = change;
    for (let next = change; next >= 0 && next - end <= 2 * CONTEXT; next = nextChange(end)) end = next + 1;
    const group = all.slice(at, Math.min(end + CONTEXT, all.length));
    const olds = group.filter(([mark]) => mark !== "+").length;
    const news = group.filter(([mark]) => mark !== "-").length;
    text.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`, ...group.map(([mark, line]) => mark + line));
    skipTo(at + group.length);
  }
  return text.length ? `${text.join("\n")}\n` : "";
}

/** A unified diff from `old` to `now`, both values of `node`. */
export const writtenDiff = (node: AnyObjectNode, old: object, now: object): string =>
  unified(edits(linesOf(node, old), linesOf(node, now)));

export const specDiff = (old: PodSpec, now: PodSpec): string => writtenDiff(PodSpec, old, now);
