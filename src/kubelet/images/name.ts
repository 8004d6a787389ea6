// Names of images as registries know them: whether one is well-formed, and its default tag. It refuses to look
// anything up.
//
// Grammar: distribution's reference, https://github.com/distribution/reference (domain/path:tag@digest).

const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const NAME = `(?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*`;
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(`^(${NAME})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const HEX_ID = /^[a-f0-9]{64}$/;
const LONGEST_NAME = 255;

export type ImageName = { readonly image: string } | { readonly fault: string };

/** The image with `:latest` where it has neither tag nor digest, as it stands otherwise. */
export function normalizeImage(text: string): ImageName {
  if (HEX_ID.test(text)) {
    return { fault: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings` };
  }
  const path = text.replace(/[@].*$/, "").replace(/:[^/]*$/, "");
  const upper = /[A-Z]/.test(hasDomain(path) ? path.slice(path.indexOf("/") + 1) : path);
  if (upper) {
    const full = hasDomain(path) || path.includes("/") ? path : `library/${path}`;
    return { fault: `invalid reference format: repository name (${full}) must be lowercase` };
  }
  const match = REFERENCE.exec(text);
  if (match === null) return { fault: "invalid reference format" };
  const [, name = "", tag, digest] = match;
  if (name.length > LONGEST_NAME) return { fault: "repository name must not be more than 255 characters" };
  return { image: tag === undefined && digest === undefined ? `${text}:latest` : text };
}

/** As a runtime lists it: with a registry and a tag; as it stands when it is no name. */
export function wholeName(text: string): string {
  const name = normalizeImage(text);
  if ("fault" in name) return text;
  const { image } = name;
  const [first = "", ...rest] = image.split("/");
  if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) return image;
  return `docker.io/${rest.length > 0 ? "" : "library/"}${image}`;
}

/** The whole name without tag and digest: `docker.io/library/busybox`. */
export const repositoryOf = (text: string): string =>
  wholeName(text)
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "");

/** The first part is a registry if it has a dot or a port, is `localhost`, or has capital letters. */
function hasDomain(path: string): boolean {
  const [first = "", ...rest] = path.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
}
