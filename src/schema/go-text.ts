// How Go prints JSON values, for the messages of Kubernetes that contain one (`map[image:x]`). It refuses to parse.

/** A value as `%v` prints it: maps with sorted keys, lists in brackets, `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `map[${entries.map(([key, inner]) => `${key}:${goText(inner)}`).join(" ")}]`;
  }
  if (typeof value === "number" && !Number.isInteger(value)) return goFloat(value);
  return String(value);
}

/** The name of a decoded JSON value's Go type. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

/** The kind of that type. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "object" && value !== null) return "map";
  return goType(value);
}

/** `%v` of a float: the exponent has two digits and begins at 21. */
function goFloat(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}
