// A list as text, item after item, so that nobody has to wait for the whole of it: as JSON, as JSON for people, as YAML. It
// refuses to know what the items are.
import { yamlOf } from "./yaml.ts";

export interface ListFrame {
  /** All but the items. */
  readonly head: object;
  /** Under which name they stand. */
  readonly itemsIn: string;
  /** What stands there when there are none. */
  readonly empty: null | readonly [];
}

type Parts = Generator<Uint8Array, void, void>;

/** On one line, with its end. */
export function* jsonListParts({ head, itemsIn, empty }: ListFrame, items: Iterable<object>): Parts {
  const opening = `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(itemsIn)}:`;
  let any = false;
  for (const item of items) {
    yield Buffer.from(`${any ? "," : `${opening}[`}${JSON.stringify(item)}`);
    any = true;
  }
  yield Buffer.from(any ? "]}\n" : `${opening}${JSON.stringify(empty)}}\n`);
}

/** What JSON.stringify makes of the whole with an indentation of two. */
export function* prettyListParts({ head, itemsIn, empty }: ListFrame, items: Iterable<object>): Parts {
  const opening = `${JSON.stringify(head, null, 2).replace(/\n\}$/, "")},\n  ${JSON.stringify(itemsIn)}: `;
  let any = false;
  for (const item of items) {
    // No string of JSON holds the end of a line.
    const text = JSON.stringify(item, null, 2).replaceAll("\n", "\n    ");
    yield Buffer.from(`${any ? "," : `${opening}[`}\n    ${text}`);
    any = true;
  }
  yield Buffer.from(any ? "\n  ]\n}\n" : `${opening}${JSON.stringify(empty)}\n}\n`);
}

/** The end of a document, where it has to be said. */
const END = "...\n";

/** What {@link yamlOf} makes of the whole: its keys in order, the items among them. */
export function* yamlListParts({ head, itemsIn, empty }: ListFrame, items: Iterable<object>): Parts {
  const keys = Object.entries(head);
  const part = (of: typeof keys) => (of.length === 0 ? "" : yamlOf(Object.fromEntries(of)));
  // What follows a text with line ends of its own is marked as the end of the document.
  const open = (text: string) => (text.endsWith(`\n${END}`) ? text.slice(0, -END.length) : text);
  const before = open(part(keys.filter(([name]) => name < itemsIn)));
  let any = false;
  let marked = false;
  for (const item of items) {
    const whole = yamlOf([item]);
    // An empty line may stand within a text, where blanks would be part of it.
    const text = open(whole).replace(/^(?=.)/gm, "  ");
    yield Buffer.from(any ? text : `${before}${itemsIn}:\n${text}`);
    any = true;
    marked = whole.endsWith(`\n${END}`);
  }
  if (!any) yield Buffer.from(`${before}${yamlOf({ [itemsIn]: empty })}`);
  const after = part(keys.filter(([name]) => name > itemsIn));
  yield Buffer.from(after === "" && marked ? END : after);
}
