// TypeScript with everything blanked that is not code. It refuses to parse: rules look for words and imports only.

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/;
const PUNCTUATION_BEFORE_REGEX = new Set("(,=:[!&|?{};+-*%<>~^".split(""));

/**
 * The text with comments and the contents of strings, templates and regular expressions replaced by spaces. Line
 * breaks and quotes stay, and so does every position. Code inside `${…}` of templates stays.
 */
export function mask(text: string): string {
  const out: string[] = [];
  let kept = 0;
  /** For each template that is open: how many braces are open inside its present `${`. */
  const templates: number[] = [];
  const blank = (from: number, to: number) => {
    out.push(text.slice(kept, from), text.slice(from, to).replace(/[^\n]/g, " "));
    kept = to;
  };
  let i = 0;
  const template = () => {
    const end = endOfTemplatePart(text, i);
    blank(i, end);
    if (text[end] === "$") {
      templates.push(0);
      i = end + 2;
    } else i = end + 1;
  };
  while (i < text.length) {
    const char = text[i]!;
    if (char === "/" && text[i + 1] === "/") {
      const end = endOf(text, "\n", i);
      blank(i, end);
      i = end;
    } else if (char === "/" && text[i + 1] === "*") {
      const end = Math.min(endOf(text, "*/", i + 2) + 2, text.length);
      blank(i, end);
      i = end;
    } else if (char === '"' || char === "'") {
      const end = endOfString(text, i);
      blank(i + 1, end);
      i = end + 1;
    } else if (char === "`") {
      i++;
      template();
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      i++;
      template();
    } else if (char === "/" && regexMayBegin(text, i)) {
      const end = endOfRegex(text, i);
      blank(i + 1, end);
      i = end + 1;
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]!--;
      i++;
    }
  }
  out.push(text.slice(kept));
  return out.join("");
}

function endOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== text[start] && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
  return i;
}

/** Where the text part of a template ends: at its closing quote or at `${`. */
function endOfTemplatePart(text: string, start: number): number {
  let i = start;
  while (i < text.length && text[i] !== "`" && !(text[i] === "$" && text[i + 1] === "{")) i += text[i] === "\\" ? 2 : 1;
  return i;
}

function regexMayBegin(text: string, at: number): boolean {
  let i = at - 1;
  while (i >= 0 && /\s/.test(text[i]!)) i--;
  if (i < 0 || PUNCTUATION_BEFORE_REGEX.has(text[i]!)) return true;
  return BEFORE_REGEX.test(text.slice(Math.max(0, i - 12), i + 1));
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i];
    if (char === "\n") return i;
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return i;
  }
  return text.length;
}
