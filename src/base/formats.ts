// Named text formats with Kubernetes' own error texts. It refuses to know which field has which format.
//
// The texts come from apimachinery's validation: some formats count "bytes" and some "characters", though both mean
// bytes. A format answers with a list of messages; an empty list means that the text is fine.
import { DurationError, parseDuration } from "./duration.ts";
import { formatCIDR, hasHostBits, parseCIDR, parseCIDRSloppy } from "./cidr.ts";
import { formatIP, isIPv4Mapped, parseIP, parseIPSloppy } from "./ip.ts";
import { quantityError } from "./quantity.ts";

export type Format = (text: string) => readonly string[];

const FINE: readonly string[] = Object.freeze([]);

// What the messages say

export const tooManyCharacters = (limit: number) => `must be no more than ${limit} characters`;
export const tooManyBytes = (limit: number) => `must be no more than ${limit} bytes`;
export const inclusiveRange = (low: number | bigint, high: number | bigint) =>
  `must be between ${low} and ${high}, inclusive`;
export const NON_EMPTY = "must be non-empty";

/** A message that shows examples and the expression, in upstream's punctuation. */
export function mismatch(message: string, expression: string, ...examples: string[]): string {
  const used = `regex used for validation is '${expression}')`;
  if (examples.length === 0) return `${message} (${used}`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}${used}`;
}

/** Lengths are of the UTF-8 form. */
function longerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}

/** A format of one expression and perhaps a length. */
function pattern(
  expression: string,
  message: string,
  examples: readonly string[],
  length?: { limit: number; message: (limit: number) => string },
): Format {
  const form = new RegExp(`^(?:${expression})$`);
  return (text) => {
    const tooLong = length !== undefined && longerThan(text, length.limit);
    const matches = form.test(text);
    if (!tooLong && matches) return FINE;
    const errors = tooLong ? [length.message(length.limit)] : [];
    if (!matches) errors.push(mismatch(message, expression, ...examples));
    return errors;
  };
}

/** Names that would walk up a directory, were they files. */
function climbing(text: string): string[] {
  if (text === "." || text === "..") return [`must not be '${text}'`];
  return text.startsWith("..") ? ["must not start with '..'"] : [];
}

// DNS names

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_UNDERSCORE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORM = new RegExp(`^${SUBDOMAIN}$`);
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character";
const characters63 = { limit: 63, message: tooManyCharacters };
const characters253 = { limit: 253, message: tooManyCharacters };

const plainLabel = pattern(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    "and must start and end with an alphanumeric character",
  ["my-name", "123-abc"],
  characters63,
);

const dns1123Label: Format = (text) => {
  const errors = plainLabel(text);
  // A fine subdomain that is no label has dots: upstream says just that.
  if (errors.length === 0 || !text.includes(".") || !SUBDOMAIN_FORM.test(text)) return errors;
  return [...errors.slice(0, -1), "must not contain dots"];
};

const dns1123Subdomain = pattern(SUBDOMAIN, SUBDOMAIN_TEXT, ["example.com"], characters253);

const dns1123SubdomainUnderscore = pattern(
  `${LABEL_UNDERSCORE}(\\.${LABEL_UNDERSCORE})*`,
  SUBDOMAIN_TEXT.replace("'-'", "'_', '-'"),
  ["example.com"],
  characters253,
);

const dns1123SubdomainCaseless: Format = (text) => {
  const errors = longerThan(text, 253) ? [tooManyBytes(253)] : [];
  // Caseless for ASCII only: lowering other letters could make ASCII of them.
  if (!SUBDOMAIN_FORM.test(text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()))) {
    const message = SUBDOMAIN_TEXT.replace("a lowercase", "an").replace("lower case alphanumeric", "alphanumeric");
    errors.push(mismatch(message, SUBDOMAIN, "Example.com"));
  }
  return errors;
};

const dns1035Label = pattern(
  "[a-z]([-a-z0-9]*[a-z0-9])?",
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
    "start with an alphabetic character, and end with an alphanumeric character",
  ["my-name", "abc-123"],
  characters63,
);

/** Names of kinds and list kinds in CRDs: a DNS-1035 label but for its case. */
const mixedCaseDNS1035Label: Format = (text) =>
  dns1035Label(text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())).map(
    (message) => `may have mixed case, but should otherwise match: ${message}`,
  );

const wildcardDNS1123Subdomain = pattern(
  `\\*\\.${SUBDOMAIN}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of " +
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  ["*.example.com"],
  characters253,
);

function segments(text: string, count: number, word: string): readonly string[] {
  const errors = dns1123Subdomain(text);
  if (errors.length > 0) return [errors.join(",")];
  if (text.split(".").length >= count) return FINE;
  return [`should be a domain with at least ${word} segments separated by dots`];
}

const fullyQualifiedDomainName: Format = (text) => {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const errors = segments(name, 2, "two");
  if (errors.length > 0) return errors;
  const bad = name
    .split(".")
    .map(dns1123Label)
    .find((messages) => messages.length > 0);
  return bad === undefined ? FINE : [bad.join(",")];
};

// Labels and other names of Kubernetes

const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_FORM = new RegExp(`^(?:${KEY})$`);
const KEY_MISMATCH = mismatch(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  KEY,
  "MyName",
  "my.name",
  "123-abc",
);
const subdomainInBytes = pattern(SUBDOMAIN, SUBDOMAIN_TEXT, ["example.com"], { limit: 253, message: tooManyBytes });

const qualifiedName: Format = (text) => {
  // Nearly all keys are fine: look before building lists.
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.slice(slash + 1);
  if (name.includes("/")) {
    return [
      `a valid label key ${KEY_MISMATCH} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  if (slash === 0) errors.push(`prefix part ${NON_EMPTY}`);
  else if (slash > 0) errors.push(...subdomainInBytes(text.slice(0, slash)).map((message) => `prefix part ${message}`));
  if (name === "") errors.push(`name part ${NON_EMPTY}`);
  else if (longerThan(name, 63)) errors.push(`name part ${tooManyBytes(63)}`);
  if (!KEY_FORM.test(name)) errors.push(`name part ${KEY_MISMATCH}`);
  return errors;
};

const prefixedName: Format = (text) => {
  const errors = qualifiedName(text);
  return errors.length > 0 || text.includes("/") ? errors : ["must include a prefix (e.g. 'example.com/key')"];
};

const labelValue = pattern(
  `(${KEY})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
    "and must start and end with an alphanumeric character",
  ["MyValue", "my_value", "12345"],
  { limit: 63, message: tooManyBytes },
);

/** A name that is one segment of a path: RBAC names and others that may hold any other character. */
const pathSegmentName: Format = (text) => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
};

const cIdentifier = pattern(
  "[A-Za-z_][A-Za-z0-9_]*",
  "a valid C identifier must start with alphabetic character or '_', " +
    "followed by a string of alphanumeric characters or '_'",
  ["my_name", "MY_NAME", "MyName"],
);

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuid: Format = (text) => (uuidForm.test(text) ? FINE : ["must be a lowercase UUID in 8-4-4-4-12 format"]);

// Parts of pods and services

const plainEnvVarName = pattern(
  "[-._a-zA-Z][-._a-zA-Z0-9]*",
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', " +
    "and must not start with a digit",
  ["my.env-name", "MY_ENV.NAME", "MyEnvName1"],
);
const envVarName: Format = (text) => [...plainEnvVarName(text), ...climbing(text)];

const relaxedEnvVarName: Format = (text) => {
  if (text === "") return [`environment variable name ${NON_EMPTY}`];
  if (/^[ -<>-~]+$/.test(text)) return FINE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

const plainConfigMapKey = pattern(
  "[-._a-zA-Z0-9]+",
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  ["key.name", "KEY_NAME", "key-name"],
  characters253,
);
const configMapKey: Format = (text) => [...plainConfigMapKey(text), ...climbing(text)];

const httpHeaderName = pattern("[-A-Za-z0-9]+", "a valid HTTP header must consist of alphanumeric characters or '-'", [
  "X-Header-Name",
]);

/** An IANA service name: RFC 6335, lower case only. */
const portName: Format = (text) => {
  const errors: string[] = [];
  if (longerThan(text, 15)) errors.push(tooManyCharacters(15));
  if (!/^[-a-z0-9]+$/.test(text)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(text)) errors.push("must contain at least one letter (a-z)");
  if (text.includes("--")) errors.push("must not contain consecutive hyphens");
  if (text.startsWith("-") || text.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
};

/** What is wrong with a port number. */
export function portNumberErrors(port: number): readonly string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? FINE : [inclusiveRange(1, 65535)];
}

const portNumber: Format = (text) => portNumberErrors(/^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN);

const percent = pattern("[0-9]+%", "a valid percent string must be a numeric string followed by an ending '%'", [
  "1%",
  "93%",
]);

// Addresses

const NO_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

const ipSloppy: Format = (text) => (parseIPSloppy(text) === undefined ? [NO_IP] : FINE);

const ip: Format = (text) => {
  const strict = parseIP(text);
  if (strict === undefined) return [parseIPSloppy(text) === undefined ? NO_IP : "must not have leading 0s"];
  return isIPv4Mapped(strict) ? ["must not be an IPv4-mapped IPv6 address"] : FINE;
};

const canonicalIP: Format = (text) => {
  const errors = ip(text);
  const canonical = errors.length === 0 ? formatIP(parseIP(text)!) : text;
  return canonical === text ? errors : [`must be in canonical form ("${canonical}")`];
};

const ipOfFamily =
  (family: "IPv4" | "IPv6"): Format =>
  (text) =>
    parseIPSloppy(text)?.family === family ? FINE : [`must be a valid ${family} address`];

const cidrSloppy: Format = (text) => (parseCIDRSloppy(text) === undefined ? [NO_CIDR] : FINE);

const cidr: Format = (text) => {
  const strict = parseCIDR(text);
  if (strict === undefined) {
    return [parseCIDRSloppy(text) === undefined ? NO_CIDR : "must not have leading 0s in IP or prefix length"];
  }
  if (isIPv4Mapped(strict.ip)) return ["must not have an IPv4-mapped IPv6 address"];
  return hasHostBits(strict) ? ["must not have bits set beyond the prefix length"] : FINE;
};

const canonicalCIDR: Format = (text) => {
  const errors = cidr(text);
  const canonical = errors.length === 0 ? formatCIDR(parseCIDR(text)!) : text;
  return canonical === text ? errors : [`must be in canonical form ("${canonical}")`];
};

// Paths

const absolutePath: Format = (text) => (text.startsWith("/") ? FINE : ["must be an absolute path"]);

/** A relative path that never leaves its folder. */
const descendingPath: Format = (text) => {
  const errors = text.startsWith("/") ? ["must be a relative path"] : [];
  if (text.split("/").includes("..")) errors.push("must not contain '..'");
  return errors;
};

const httpPath = pattern("[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+", "Invalid path", []);

const domainPrefixedPath: Format = (text) => {
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  return [...dns1123Subdomain(text.slice(0, slash)), ...httpPath(text.slice(slash + 1))];
};

// Scalars that are text

const quantity: Format = (text) => {
  const error = quantityError(text);
  return error === undefined ? FINE : [error];
};

const duration: Format = (text) => {
  try {
    parseDuration(text);
    return FINE;
  } catch (error) {
    if (error instanceof DurationError) return [error.message];
    throw error;
  }
};

/** Every named format. `ip` and `cidr` are strict, the sloppy ones take what old fields take. */
export const formats = {
  absolutePath,
  cIdentifier,
  canonicalCIDR,
  canonicalIP,
  cidr,
  cidrSloppy,
  configMapKey,
  descendingPath,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  dns1123SubdomainCaseless,
  dns1123SubdomainUnderscore,
  domainPrefixedPath,
  duration,
  envVarName,
  fullyQualifiedDomainName,
  fullyQualifiedName: (text: string) => segments(text, 3, "three"),
  httpHeaderName,
  httpPath,
  ip,
  ipSloppy,
  ipv4: ipOfFamily("IPv4"),
  ipv6: ipOfFamily("IPv6"),
  labelValue,
  mixedCaseDNS1035Label,
  pathSegmentName,
  percent,
  portName,
  portNumber,
  prefixedName,
  qualifiedName,
  quantity,
  relaxedEnvVarName,
  uuid,
  wildcardDNS1123Subdomain,
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** The prefix of a generated name may end in a dash: it is judged as if a letter followed. */
export function maskTrailingDash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix;
}
