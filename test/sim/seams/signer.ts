// Signs service account tokens without a key: the simulation needs them to be given out, not to be safe. It refuses
// to be used anywhere else, and uses no thread pool.
import type { TokenClaims, TokenSigner } from "../../../src/apiserver/authentication/service-account-token.ts";

export const transparentSigner: TokenSigner = {
  sign: async (claims) => Buffer.from(JSON.stringify(claims)).toString("base64url"),
  async verify(token) {
    try {
      return JSON.parse(Buffer.from(token, "base64url").toString()) as TokenClaims;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  },
  jwks: async () => ({ keys: [] }),
};
