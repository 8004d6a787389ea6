// The contract of one thing that `kaji doctor` looks at: a fault it finds, and what to do about it. It refuses to repair.
import type { ClusterSettings } from "../data-folder.ts";

/** The machine, as far as checks look at it; a test gives another one. */
export interface Host {
  readonly uid: number;
  /** Undefined when the file is not there. */
  read(path: string): Promise<string | undefined>;
  /** Whether a program is in PATH or the system's folders. */
  has(program: string): boolean;
  exists(path: string): boolean;
  /** What a program wrote and how it ended; undefined when it could not be started. */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly output: string } | undefined>;
  /** Whether nobody listens on the TCP port. */
  portIsFree(port: number): Promise<boolean>;
  /** Bytes of the file system below a folder. */
  disk(path: string): Promise<{ readonly free: number; readonly total: number }>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Subject {
  readonly host: Host;
  readonly dataFolder: string;
  /** Undefined when no cluster was ever made there. */
  readonly settings: ClusterSettings | undefined;
  /** Whether the control plane's process runs. */
  readonly runs: boolean;
  /** Nodes whose agent does not run. */
  readonly missingAgents: readonly string[];
}

export interface Fault {
  /** What is so. */
  readonly found: string;
  /** What to do. */
  readonly remedy: string;
  /** Kaji runs all the same, with less. */
  readonly isWarning?: boolean;
}

export interface Check {
  /** A few words that name what is looked at. */
  readonly name: string;
  /** Undefined: nothing is wrong. */
  look(subject: Subject): Promise<Fault | undefined>;
}
