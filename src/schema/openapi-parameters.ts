// The path and query parameters of the API, and what they mean. Data only.

export interface Parameter {
  readonly type: "string" | "integer" | "boolean";
  readonly doc: string;
}

const PRETTY: Parameter = { type: "string", doc: "If 'true', the answer is indented for reading." };
const CONTAINER: Parameter = { type: "string", doc: "The container; may be left out if the pod has one only." };

export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  name: { type: "string", doc: "Name of the object." },
  namespace: { type: "string", doc: "Namespace of the object." },
  path: { type: "string", doc: "Path of the proxied request." },
};

export const QUERY_PARAMETERS: Readonly<Record<string, Parameter>> = {
  allowWatchBookmarks: { type: "boolean", doc: "Asks a watch for bookmarks." },
  command: { type: "string", doc: "What to run, one parameter for each word; no shell." },
  container: CONTAINER,
  continue: { type: "string", doc: "The token of the chunk before, to go on from there." },
  dryRun: { type: "string", doc: "With 'All', everything happens but the storing." },
  fieldManager: { type: "string", doc: "Who makes this change, at most 128 printable characters." },
  fieldSelector: { type: "string", doc: "Restricts by fields." },
  fieldValidation: { type: "string", doc: "What becomes of unknown and duplicate fields: Ignore, Warn or Strict." },
  follow: { type: "boolean", doc: "Goes on with what is logged later." },
  force: { type: "boolean", doc: "Takes over fields that others own. For apply only." },
  gracePeriodSeconds: { type: "integer", doc: "Seconds until the object is deleted; 0 deletes at once." },
  ignoreStoreReadErrorWithClusterBreakingPotential: {
    type: "boolean",
    doc: "Deletes an object that can no longer be read. Dangerous.",
  },
  insecureSkipTLSVerifyBackend: {
    type: "boolean",
    doc: "Does not check the certificate of the node that holds the log.",
  },
  labelSelector: { type: "string", doc: "Restricts by labels." },
  limit: { type: "integer", doc: "The most objects in one answer; the rest is had with 'continue'." },
  limitBytes: { type: "integer", doc: "The most bytes of log." },
  orphanDependents: { type: "boolean", doc: "Deprecated, see propagationPolicy." },
  path: { type: "string", doc: "Path of the proxied request." },
  ports: { type: "integer", doc: "Ports to forward, where the protocol needs them here." },
  pretty: PRETTY,
  previous: { type: "boolean", doc: "The log of the container before the last restart." },
  propagationPolicy: { type: "string", doc: "What becomes of dependents: Orphan, Background or Foreground." },
  resourceVersion: { type: "string", doc: "Which state is asked for." },
  resourceVersionMatch: { type: "string", doc: "How resourceVersion is meant: Exact or NotOlderThan." },
  sendInitialEvents: { type: "boolean", doc: "Begins a watch with what is there." },
  shardSelector: { type: "string", doc: "Restricts to a part of all objects, by hash." },
  sinceSeconds: { type: "integer", doc: "Only what was logged in the last seconds." },
  stderr: { type: "boolean", doc: "Carries the standard error." },
  stdin: { type: "boolean", doc: "Carries the standard input." },
  stdout: { type: "boolean", doc: "Carries the standard output." },
  stream: { type: "string", doc: "Which output of the container: All, Stdout or Stderr." },
  tailLines: { type: "integer", doc: "Only the last lines." },
  timeoutSeconds: { type: "integer", doc: "When the server ends the request." },
  timestamps: { type: "boolean", doc: "Begins each line with its time." },
  tty: { type: "boolean", doc: "Gives the process a terminal." },
  watch: { type: "boolean", doc: "Answers with changes as they happen." },
};

const LIST = [
  "continue",
  "fieldSelector",
  "labelSelector",
  "limit",
  "pretty",
  "resourceVersion",
  "resourceVersionMatch",
];
const WRITE = ["dryRun", "fieldManager", "fieldValidation", "pretty"];
const DELETE = [
  "dryRun",
  "gracePeriodSeconds",
  "ignoreStoreReadErrorWithClusterBreakingPotential",
  "orphanDependents",
  "pretty",
  "propagationPolicy",
];

/** The query of each action, by name. */
export const QUERY_OF = {
  list: [...LIST, "allowWatchBookmarks", "sendInitialEvents", "shardSelector", "timeoutSeconds", "watch"].sort(),
  get: ["pretty"],
  write: WRITE,
  patch: [...WRITE, "force"].sort(),
  delete: DELETE,
  deletecollection: [...new Set([...LIST, ...DELETE, "sendInitialEvents", "shardSelector", "timeoutSeconds"])].sort(),
  log: [
    "container",
    "follow",
    "insecureSkipTLSVerifyBackend",
    "limitBytes",
    "pretty",
    "previous",
    "sinceSeconds",
    "stream",
    "tailLines",
    "timestamps",
  ],
  attach: ["container", "stderr", "stdin", "stdout", "tty"],
  exec: ["command", "container", "stderr", "stdin", "stdout", "tty"],
  portForward: ["ports"],
  proxy: ["path"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
