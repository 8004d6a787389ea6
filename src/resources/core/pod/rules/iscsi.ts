// Names of iSCSI initiators and targets, in their three forms. It refuses to judge portals.
import { fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";

const FORMS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

/** `prefixed` is what is said of a name that starts like none of them: pods and volumes word it differently. */
export function* iscsiNameFaults(path: FieldPath, name: string, prefixed: string): Generator<FieldError> {
  const form = FORMS[name.slice(0, 3)];
  if (form === undefined) yield fieldInvalid(path, name, prefixed);
  else if (!form.test(name)) yield fieldInvalid(path, name, "must be valid format");
}
