// The data folder: where everything of one cluster lies, and the settings that outlive a restart (`cluster.json`).
// It refuses a folder of another format, and one that was half written.
import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Random } from "../base/random.ts";
import { nameSuffix } from "../base/random.ts";
import { writeWhole } from "../base/whole-file.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";

/** Raised when what lies in the folder changes its form. */
const FORMAT = 1;

export interface NodeSettings {
  readonly name: string;
  readonly podCidr: string;
  /** Where the kubelet listens. */
  readonly kubeletPort: number;
  readonly simulated: boolean;
}

/** What a cluster keeps from one start to the next. */
export interface ClusterSettings {
  readonly format: number;
  /** Five letters that every name on the host carries (bridges, tables, cgroups, sockets). */
  readonly id: string;
  readonly apiPort: number;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsIP: string;
  readonly nodes: readonly NodeSettings[];
}

/** The paths of one cluster. */
export class DataFolder {
  readonly dir: string;

  constructor(dir: string | undefined) {
    const standard = process.getuid?.() === 0 ? "/var/lib/kaji" : join(homedir(), ".local/share/kaji");
    this.dir = resolve(dir ?? standard);
  }

  get settingsFile(): string {
    return join(this.dir, "cluster.json");
  }
  get kubeconfig(): string {
    return join(this.dir, "kubeconfig");
  }
  get pki(): string {
    return join(this.dir, "pki");
  }
  get store(): string {
    return join(this.dir, "store");
  }
  log(name: string): string {
    return join(this.dir, "log", `${name}.log`);
  }
  /** Notes of running processes. */
  note(name: string): string {
    return join(this.dir, "run", `${name}.json`);
  }
  node(name: string): string {
    return join(this.dir, "nodes", name);
  }

  /** Makes the folders that every process expects. */
  async prepare(): Promise<void> {
    try {
      for (const part of ["", "log", "run", "store", "nodes"])
        await mkdir(join(this.dir, part), { recursive: true, mode: 0o700 });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const why =
        code === "EACCES" || code === "EPERM" || code === "EROFS"
          ? "it cannot be written; choose another with --data"
          : String(cause);
      throw new CommandFailed(`data folder ${this.dir}: ${why}`, EXIT.permission, { cause });
    }
  }

  /** The settings, or undefined when no cluster was ever made here. */
  async settings(): Promise<ClusterSettings | undefined> {
    let text: string;
    try {
      text = await readFile(this.settingsFile, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    let settings: ClusterSettings;
    try {
      settings = JSON.parse(text) as ClusterSettings;
    } catch (cause) {
      throw new CommandFailed(
        `${this.settingsFile} is damaged; put it back from a backup, or remove ${this.dir} to begin anew`,
        EXIT.failed,
        { cause },
      );
    }
    if (settings.format !== FORMAT) {
      throw new CommandFailed(
        `${this.dir} was written by another version of Kaji (format ${settings.format}, this one reads ${FORMAT}); use that version, or another --data`,
        EXIT.conflict,
      );
    }
    return settings;
  }

  async writeSettings(settings: Omit<ClusterSettings, "format">): Promise<ClusterSettings> {
    const whole = { format: FORMAT, ...settings };
    await writeWhole(this.settingsFile, `${JSON.stringify(whole, null, 2)}\n`);
    return whole;
  }
}

/** A new cluster's id. */
export const newClusterId = (random: Random): string => nameSuffix(random, 5);
