// The cluster's authority as a function that signs requests for certificates. It refuses to judge them: controllers do.
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Sign } from "../controllers/certificatesigningrequest-signing.ts";
import type { KeyPair } from "../wire/x509/issue.ts";

/** Clocks differ: what is issued counts from five minutes ago. */
const BACKDATE_MS = 300_000;

export const certificateSigner =
  (authority: KeyPair, { clock, random }: { readonly clock: Clock; readonly random: Random }): Sign =>
  async (request, { usages, seconds }) => {
    // Loading it costs 70 ms, and most clusters are never asked.
    const { signRequest } = await import("../wire/x509/sign-request.ts");
    const now = clock.now();
    const options = { usages, notBefore: now - BACKDATE_MS, notAfter: now + seconds * 1000 };
    return signRequest(authority, request, options, random);
  };
