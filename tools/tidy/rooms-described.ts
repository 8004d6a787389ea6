// Rule: ARCHITECTURE.md has a paragraph and a "never" for each room. It refuses to grow beyond a short read.
import type { Finding, Rule } from "./tree.ts";

const FILE = "ARCHITECTURE.md";
const LONGEST = 300;

export const roomsDescribed: Rule = {
  name: "rooms-described",
  *check(tree): Iterable<Finding> {
    const text = tree.texts.get(FILE);
    if (text === undefined) {
      yield { file: FILE, message: "is missing" };
      return;
    }
    const length = text.split("\n").length;
    if (length > LONGEST) yield { file: FILE, message: `has ${length} lines: at most ${LONGEST}` };
    for (const room of tree.rooms) {
      const section = new RegExp(`^#+ .*\`${room}/\`.*$([\\s\\S]*?)(?=^#|(?![\\s\\S]))`, "m").exec(text)?.[1];
      if (section === undefined) yield { file: FILE, message: `has no paragraph for src/${room}/` };
      else if (!/\bNever\b/.test(section)) yield { file: FILE, message: `does not say what src/${room}/ never does` };
    }
  },
};
