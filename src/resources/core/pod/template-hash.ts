// A short name for the content of a pod template, to name ReplicaSets and pods by. It refuses to be a secret: it is a
// checksum.
//
// The hash is Kaji's own; Kubernetes promises none. Equal templates give equal hashes whatever the order of their keys,
// and an absent field hashes like an undefined one.

/** Letters that form no words: no vowels, nothing that looks like another. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const LETTERS = 10;

/** FNV-1a over 64 bits. */
const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** JSON with sorted keys, so that equal values are equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}

/** Ten letters. `collisionCount` makes other letters for the same template when the name was taken. */
export function templateHash(template: unknown, collisionCount?: number): string {
  const text = canonical(template) + (collisionCount === undefined ? "" : `#${collisionCount}`);
  let hash = OFFSET;
  for (const byte of Buffer.from(text, "utf8")) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  let letters = "";
  for (let i = 0; i < LETTERS; i++) {
    letters += ALPHABET[Number(hash % BigInt(ALPHABET.length))];
    hash /= BigInt(ALPHABET.length);
  }
  return letters;
}
