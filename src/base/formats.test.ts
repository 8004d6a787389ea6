// Proves the named formats: what passes, and the texts of what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FormatName, formats, maskTrailingDash } from "./formats.ts";

const fine: Partial<Record<FormatName, string[]>> = {
  absolutePath: ["/", "/a/../b"],
  cIdentifier: ["_a1", "A"],
  canonicalCIDR: ["10.0.0.0/8", "2001:db8::/64"],
  canonicalIP: ["10.9.8.7", "2001:db8::ffff"],
  cidr: ["10.0.0.0/8", "2001:DB8::/64"],
  cidrSloppy: ["010.0.0.1/8"],
  configMapKey: ["key.name", "..data".slice(1), "KEY_NAME", "a".repeat(253)],
  descendingPath: ["a/b", "a/..b"],
  dns1035Label: ["a", "my-name"],
  dns1123Label: ["1", "123-abc", "a".repeat(63)],
  dns1123Subdomain: ["a.b-c.1", "a".repeat(253)],
  dns1123SubdomainCaseless: ["Example.COM"],
  dns1123SubdomainUnderscore: ["_a.b_c"],
  domainPrefixedPath: ["acme.io/foo/bar:1"],
  duration: ["1h", "0"],
  envVarName: ["my.env-name", "_A"],
  fullyQualifiedDomainName: ["a.b", "a.b."],
  fullyQualifiedName: ["a.b.c"],
  httpHeaderName: ["X-Header-Name"],
  httpPath: ["/a%20b"],
  ip: ["10.9.8.7", "2001:DB8::1"],
  ipSloppy: ["010.0.0.1", "::ffff:1.2.3.4"],
  ipv4: ["1.2.3.4"],
  ipv6: ["::1"],
  labelValue: ["", "MyValue", "my_value", "a".repeat(63)],
  mixedCaseDNS1035Label: ["MyKind"],
  pathSegmentName: ["system:node", "...", ""],
  percent: ["0%", "150%"],
  portName: ["http", "a1-b"],
  portNumber: ["1", "65535"],
  prefixedName: ["a.b/c"],
  qualifiedName: ["MyName", "my.name", "example.com/MyName", `${"a".repeat(253)}/${"b".repeat(63)}`],
  quantity: ["100m"],
  relaxedEnvVarName: ["a b", "1!"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000"],
  wildcardDNS1123Subdomain: ["*.example.com"],
};

test("every format accepts what it should", () => {
  assert.deepEqual(Object.keys(fine).sort(), Object.keys(formats).sort());
  for (const [name, texts] of Object.entries(fine)) {
    for (const text of texts) assert.deepEqual(formats[name as FormatName](text), [], `${name}: ${text}`);
  }
});

const KEY =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NO_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

const wrong: [FormatName, string, string[]][] = [
  ["absolutePath", "a", ["must be an absolute path"]],
  ["canonicalIP", "2001:DB8::0", ['must be in canonical form ("2001:db8::")']],
  ["cidr", "10.0.0.1/8", ["must not have bits set beyond the prefix length"]],
  ["cidr", "x", ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]],
  ["configMapKey", "..", ["must not be '..'"]],
  ["configMapKey", "..a", ["must not start with '..'"]],
  ["configMapKey", "a".repeat(254), ["must be no more than 253 characters"]],
  ["descendingPath", "/a/../b", ["must be a relative path", "must not contain '..'"]],
  ["dns1123Label", "A_b", [LABEL]],
  ["dns1123Label", "a.b", ["must not contain dots"]],
  ["dns1123Label", "a".repeat(64), ["must be no more than 63 characters"]],
  ["dns1123Label", "", [LABEL]],
  ["dns1123Subdomain", "A B", [SUBDOMAIN]],
  ["dns1123Subdomain", "a.\n", [SUBDOMAIN]],
  ["fullyQualifiedName", "a.b", ["should be a domain with at least three segments separated by dots"]],
  ["ip", "010.0.0.1", ["must not have leading 0s"]],
  ["ip", "a", [NO_IP]],
  ["ip", "::ffff:1.2.3.4", ["must not be an IPv4-mapped IPv6 address"]],
  ["ipSloppy", "a", [NO_IP]],
  ["labelValue", "a".repeat(64), ["must be no more than 63 bytes"]],
  ["labelValue", "é".repeat(40), ["must be no more than 63 bytes", formats.labelValue("é")[0]!]],
  ["pathSegmentName", "..", ["may not be '..'"]],
  ["pathSegmentName", "a/b%", ["may not contain '/'", "may not contain '%'"]],
  [
    "portName",
    "A_B",
    [
      "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
      "must contain at least one letter (a-z)",
    ],
  ],
  ["portName", "-a--b", ["must not contain consecutive hyphens", "must not begin or end with a hyphen"]],
  ["portName", "a".repeat(16), ["must be no more than 15 characters"]],
  ["portNumber", "0", ["must be between 1 and 65535, inclusive"]],
  ["qualifiedName", "", ["name part must be non-empty", `name part ${KEY}`]],
  ["qualifiedName", "a.b/", ["name part must be non-empty", `name part ${KEY}`]],
  ["qualifiedName", "a b", [`name part ${KEY}`]],
  ["qualifiedName", "A_/b", [`prefix part ${SUBDOMAIN}`]],
  ["qualifiedName", "/b", ["prefix part must be non-empty"]],
  [
    "qualifiedName",
    "a/b/c",
    [`a valid label key ${KEY} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
  ],
  ["quantity", "x", ["quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"]],
  [
    "relaxedEnvVarName",
    "a=",
    ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
  ],
  ["relaxedEnvVarName", "", ["environment variable name must be non-empty"]],
  ["uuid", "x", ["must be a lowercase UUID in 8-4-4-4-12 format"]],
];

test("what does not pass gets Kubernetes' texts", () => {
  for (const [name, text, messages] of wrong) assert.deepEqual(formats[name](text), messages, `${name}: ${text}`);
  assert.match(formats.percent("abc")[0]!, /^a valid percent string must be .*\(e\.g\. '1%', {2}or '93%', regex used/);
  assert.match(
    formats.mixedCaseDNS1035Label("wid_get")[0]!,
    /^may have mixed case, but should otherwise match: a DNS-1035/,
  );
  assert.match(formats.dns1123SubdomainUnderscore("a_b!")[0]!, /characters, '_', '-' or '\.', and must/);
});

test("a generated name's prefix is judged with a letter behind it", () => {
  assert.equal(maskTrailingDash("my-"), "ma");
  assert.equal(maskTrailingDash("my"), "my");
  assert.equal(maskTrailingDash("-"), "-");
});
