// The name of a signer: `example.com/some.signer`. It refuses to know signers.
import { formats } from "../../base/formats.ts";
import { fieldInvalid, fieldTooLong, shown } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";

/** Of the domain, and of what stands behind the slash: a namespace's and an object's name. */
const MOST_DOMAIN = 253;
const MOST_SIGNER = MOST_DOMAIN + 1 + 253 + 63 + 1;

/** Who must be there is a fact of the field. */
export function* signerNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  const [domain = "", rest = "", ...more] = name.split("/");
  if (!name.includes("/") || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return yield fieldInvalid(path, name, why);
  }
  if (domain.length > MOST_DOMAIN) yield fieldTooLong(path, MOST_DOMAIN);
  const labels = domain.split(".");
  if (labels.length < 2) {
    yield fieldInvalid(path, domain, "should be a domain with at least two segments separated by dots");
  }
  for (const label of labels) {
    for (const fault of formats.dns1123Label(label)) {
      yield fieldInvalid(path, domain, `validating label ${shown(label)}: ${fault}`);
    }
  }
  for (const label of rest.split(".")) {
    for (const fault of formats.dns1123Subdomain(label)) {
      yield fieldInvalid(path, rest, `validating label ${shown(label)}: ${fault}`);
    }
  }
  if (name.length > MOST_SIGNER) yield fieldTooLong(path, MOST_SIGNER);
}
