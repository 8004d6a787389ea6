// What text formats find, as FieldErrors for rules. It refuses to hold formats: those are base/formats.ts.
import { formats } from "../base/formats.ts";
import type { FormatName } from "../base/formats.ts";
import { isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, isUnspecified, parseIPSloppy } from "../base/ip.ts";
import { fieldInvalid, shown } from "../schema/meta/field-error.ts";
import type { FieldError } from "../schema/meta/field-error.ts";
import type { FieldPath } from "../schema/meta/path.ts";

/** One "Invalid value" for each message that the format has about `text`. */
export const formatFaults = (path: FieldPath, text: string, format: FormatName): readonly FieldError[] =>
  formats[format](text).map((message) => fieldInvalid(path, text, message));

/** "Unsupported value" with the supported ones in the order given, where Kubernetes does not sort them. */
export const notSupported = (path: FieldPath, value: string, inOrder: readonly string[]): FieldError => ({
  reason: "FieldValueNotSupported",
  field: path.toString(),
  body: `Unsupported value: ${shown(value)}: supported values: ${inOrder.map(shown).join(", ")}`,
});

/** What makes an address unfit to be an endpoint; undefined if nothing does, or if it is no address at all. */
export function unroutable(address: string): string | undefined {
  const ip = parseIPSloppy(address);
  if (!ip) return undefined;
  if (isUnspecified(ip)) return "may not be unspecified (0.0.0.0 or ::)";
  if (isLoopback(ip)) return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
  if (isLinkLocalUnicast(ip)) return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  if (isLinkLocalMulticast(ip)) return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
  return undefined;
}
