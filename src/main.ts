// The entry of `kaji`: turns on the compile cache, tells the loader where sources lie, then loads the command line. It refuses to
// import anything at its head, so that what is loaded later comes out of the cache (stripping types from hundreds of files would
// cost a third of a second).
import { enableCompileCache, registerHooks } from "node:module";

enableCompileCache(new URL("../.cache/compile", import.meta.url).pathname);

// A source names its neighbours by their whole name, so there is nothing to look up on the disk: asking the system for each of
// hundreds of files, and for the package around it, takes half of the time of loading and 9 MiB in each process.
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith(".") || !specifier.endsWith(".ts") || context.parentURL === undefined)
      return next(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format: "module-typescript", shortCircuit: true };
  },
});

const { commandLine } = await import("./cli/command-line.ts");
const { actions } = await import("./programs/actions.ts");
process.exitCode = await commandLine(actions).run(process.argv.slice(2));
