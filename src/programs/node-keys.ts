// A node's own server certificate, kept beside its kubeconfig: made by `up`, or by the agent where none is there, is good
// any more, or names another address. It refuses to load what issues certificates as long as there is a good one.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { issueNodeServer } from "../apiserver/pki.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { writeWhole } from "../base/whole-file.ts";
import type { DataFolder } from "./data-folder.ts";

export interface NodeKeys {
  readonly cert: string;
  readonly key: string;
}

export interface NodeKeysOptions {
  readonly folder: DataFolder;
  readonly node: string;
  /** Where the node's server is reached, beside the loopback. */
  readonly address: string;
  /** The cluster's authority. */
  readonly ca: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Renewed when no more than this is left. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

export async function nodeKeys({ folder, node, address, ca, clock, random }: NodeKeysOptions): Promise<NodeKeys> {
  const files = { cert: join(folder.node(node), "kubelet.crt"), key: join(folder.node(node), "kubelet.key") };
  const [cert, key] = await Promise.all([textOf(files.cert), textOf(files.key)]);
  if (cert !== undefined && key !== undefined && isGood({ cert, key }, ca, address, clock.now())) return { cert, key };
  const authorityKey = await readFile(join(folder.pki, "ca.key"), "utf8");
  const addresses = { name: node, ipAddresses: [address, "127.0.0.1"] };
  const made = await issueNodeServer({ cert: ca, key: authorityKey }, addresses, { clock, random });
  await writeWhole(files.key, made.key, 0o600);
  await writeWhole(files.cert, made.cert, 0o644);
  return { cert: made.cert, key: made.key };
}

function isGood({ cert, key }: NodeKeys, ca: string, address: string, now: number): boolean {
  const parsed = new X509Certificate(cert);
  // A crash between the two files leaves a key that is not the certificate's.
  if (!parsed.verify(new X509Certificate(ca).publicKey) || !parsed.checkPrivateKey(createPrivateKey(key))) return false;
  return Date.parse(parsed.validTo) - now > RENEW_BEFORE_MS && parsed.checkIP(address) !== undefined;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
