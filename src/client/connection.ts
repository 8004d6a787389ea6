// How to reach an API server and as whom. It refuses to read files: kubeconfig.ts makes one of these from text.

export interface Connection {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** PEM of the authorities that may have signed the server's certificate; the machine's own when absent. */
  readonly ca?: string | undefined;
  /** PEM of a client certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** A bearer token, or how to get the present one (it is asked for each request). */
  readonly token?: string | (() => string) | undefined;
  /** The name to expect in the server's certificate, if it is not the host. */
  readonly serverName?: string | undefined;
  /** Trusts any server certificate. */
  readonly insecure?: boolean | undefined;
  /** Acts as this user, where the identity may impersonate. */
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] } | undefined;
}
