// What the server says it is. Clients judge by gitVersion what they may use.

import { KUBERNETES_VERSION } from "../../schema/meta/kubernetes-version.ts";

export const VERSION = {
  major: "1",
  minor: "37",
  emulationMajor: "1",
  emulationMinor: "37",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "36",
  gitVersion: KUBERNETES_VERSION,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: `node ${process.version}`,
  platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
};
