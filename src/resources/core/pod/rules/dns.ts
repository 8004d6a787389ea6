// Names in a pod: resolver settings within the limits of resolvers, and lines for its hosts file. It refuses to
// resolve.
import { fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { formatFaults } from "../../../faults.ts";
import type { SpecRule } from "./spec-rule.ts";

const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const MOST_SEARCH_CHARACTERS = 2048;

export const dnsConfig: SpecRule = function* (spec, { path }) {
  const at = path.child("dnsConfig");
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  if (spec.dnsPolicy === "None") {
    if (!spec.dnsConfig) return yield fieldRequired(at, "must provide `dnsConfig` when `dnsPolicy` is None");
    if (nameservers.length === 0) {
      return yield fieldRequired(
        at.child("nameservers"),
        "must provide at least one DNS nameserver when `dnsPolicy` is None",
      );
    }
  }
  if (!spec.dnsConfig) return;
  if (nameservers.length > MOST_NAMESERVERS) {
    yield fieldInvalid(at.child("nameservers"), nameservers, `must not have more than ${MOST_NAMESERVERS} nameservers`);
  }
  for (const [i, address] of nameservers.entries())
    yield* formatFaults(at.child("nameservers").index(i), address, "ip");
  if (searches.length > MOST_SEARCHES) {
    yield fieldInvalid(at.child("searches"), searches, `must not have more than ${MOST_SEARCHES} search paths`);
  }
  if (searches.join(" ").length > MOST_SEARCH_CHARACTERS) {
    const why = `must not have more than ${MOST_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    yield fieldInvalid(at.child("searches"), searches, why);
  }
  for (const [i, search] of searches.entries()) {
    if (search === ".") continue;
    yield* formatFaults(at.child("searches").index(i), search.replace(/\.$/, ""), "dns1123SubdomainUnderscore");
  }
  for (const [i, { name }] of options.entries()) {
    if (!name) yield fieldRequired(at.child("options").index(i), "must not be empty");
  }
};

export const hostAliases: SpecRule = function* (spec, { path }) {
  for (const [i, { ip, hostnames }] of (spec.hostAliases ?? []).entries()) {
    const at = path.child("hostAliases").index(i);
    yield* formatFaults(at.child("ip"), ip, "ip");
    for (const [j, hostname] of (hostnames ?? []).entries()) {
      yield* formatFaults(at.child("hostnames").index(j), hostname, "dns1123Subdomain");
    }
  }
};
