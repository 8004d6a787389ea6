// How a remote command ended, as the text of its error stream: a Status since protocol v4, a plain sentence before.
// It refuses to be schema/meta's Status: only these few forms occur here.

/** An exit code, or why there is none. */
export type CommandEnd = { readonly exitCode: number } | { readonly error: string };

/** From v4 on the end is JSON. Protocols are named `v4.channel.k8s.io`, `base64.channel.k8s.io` or `channel.k8s.io`. */
function saysStatus(protocol: string): boolean {
  return /^v[45]\./.test(protocol);
}

/** What is written for `end`; "" means to write nothing. */
export function endText(end: CommandEnd, protocol: string): string {
  if ("exitCode" in end && end.exitCode === 0) {
    return saysStatus(protocol) ? JSON.stringify({ metadata: {}, status: "Success" }) : "";
  }
  const message =
    "error" in end ? end.error : `command terminated with non-zero exit code: exit status ${end.exitCode}`;
  if (!saysStatus(protocol)) return message;
  const failure = { metadata: {}, status: "Failure", message };
  if ("error" in end) {
    return JSON.stringify({ ...failure, reason: "InternalError", details: { causes: [{ message }] }, code: 500 });
  }
  const causes = [{ reason: "ExitCode", message: String(end.exitCode) }];
  return JSON.stringify({ ...failure, reason: "NonZeroExitCode", details: { causes } });
}

/** What an error stream said in all. A text that is no Status is an error by itself. */
export function endOf(text: string): CommandEnd {
  if (text === "") return { exitCode: 0 };
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return { error: text };
  }
  if (typeof said !== "object" || said === null) return { error: text };
  const status: { status?: unknown; reason?: unknown; message?: unknown; details?: { causes?: unknown } | null } = said;
  if (status.status === "Success") return { exitCode: 0 };
  const causes = Array.isArray(status.details?.causes) ? (status.details.causes as unknown[]) : [];
  if (status.reason === "NonZeroExitCode") {
    for (const cause of causes as ({ reason?: unknown; message?: unknown } | null)[]) {
      const code = cause?.reason === "ExitCode" ? Number(cause.message) : NaN;
      // "-0" is zero.
      if (Number.isInteger(code)) return { exitCode: code || 0 };
    }
  }
  return { error: typeof status.message === "string" && status.message !== "" ? status.message : text };
}
