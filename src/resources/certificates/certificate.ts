// A certificate as bytes, read. It refuses to judge whom to trust.
import { X509Certificate } from "node:crypto";

/** Undefined if it is none. */
export function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
