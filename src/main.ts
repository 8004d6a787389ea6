// The entry of `kaji`: turns on the compile cache, then loads the command line. It refuses to import anything at its head, so
// that what is loaded later comes out of the cache (stripping types from hundreds of files would cost a third of a second).
import { enableCompileCache } from "node:module";

enableCompileCache(new URL("../.cache/compile", import.meta.url).pathname);

const { commandLine } = await import("./cli/command-line.ts");
const { actions } = await import("./programs/actions.ts");
process.exitCode = await commandLine(actions).run(process.argv.slice(2));
