// What a simulated container would do: a small idea of a shell, enough for the commands of examples and tests. It
// refuses to run anything: it reads a command line and says how long it takes, what it prints and how it ends.

export interface SimulatedProgram {
  /** How long it runs by itself, in milliseconds; Infinity for ever. */
  readonly runsMs: number;
  readonly exitCode: number;
  /** What SIGTERM does: undefined: nothing, as for a process 1 without a handler. */
  readonly onTerm?: { readonly afterMs: number; readonly exitCode: number } | undefined;
  readonly output: string;
  /** Why it cannot be started. */
  readonly startError?: string | undefined;
  /** What it writes to its termination message file. */
  readonly lastWords?: string | undefined;
  readonly outOfMemory?: boolean | undefined;
}

/** Services run for ever and end on SIGTERM. */
export const FOREVER: SimulatedProgram = {
  runsMs: Infinity,
  exitCode: 0,
  onTerm: { afterMs: 0, exitCode: 0 },
  output: "",
};

interface Progress {
  ms: number;
  output: string;
  lastWords?: string;
  onTerm?: { afterMs: number; exitCode: number };
  trapped: boolean;
  ended?: number;
}

/** The program of a command and its arguments; one that is not understood runs for ever. */
export function programOf(command: readonly string[]): SimulatedProgram {
  const [first = "", flag, script = ""] = command;
  if (first === "") return FOREVER;
  if (/^\/no\//.test(first)) {
    return { ...FOREVER, startError: `exec: "${first}": stat ${first}: no such file or directory` };
  }
  const shell = /(^|\/)(ba|da)?sh$/.test(first) && flag === "-c";
  const line = shell ? script : command.map(quoted).join(" ");
  return run(line);
}

const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`);

function run(line: string): SimulatedProgram {
  const progress: Progress = { ms: 0, output: "", trapped: false };
  for (const statement of statements(line)) {
    perform(statement.trim(), progress);
    if (progress.ended !== undefined || progress.ms === Infinity) break;
  }
  return {
    runsMs: progress.ms,
    exitCode: progress.ended ?? 0,
    onTerm: progress.onTerm,
    output: progress.output,
    ...(progress.lastWords !== undefined && { lastWords: progress.lastWords }),
  };
}

/** Splits at `;` and `&&` outside of quotes. */
function statements(line: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    if (quote === "" && (char === ";" || (char === "&" && line[i + 1] === "&"))) {
      if (char === "&") i++;
      parts.push(part);
      part = "";
    } else part += char;
  }
  return [...parts, part].filter((one) => one.trim() !== "");
}

const STATEMENTS: readonly (readonly [form: RegExp, effect: (match: RegExpExecArray, progress: Progress) => void])[] = [
  [/^(true|:|touch .*|mkdir .*|date.*|cat .*)$/, () => {}],
  [/^false$/, (_, progress) => void (progress.ended = 1)],
  [/^exit(?: (\d+))?$/, ([, code = "0"], progress) => void (progress.ended = Number(code))],
  [
    /^sleep (infinity|[\d.]+)$/,
    ([, seconds], progress) => void (progress.ms += seconds === "infinity" ? Infinity : Number(seconds) * 1000),
  ],
  [
    /^(?:echo|printf)(?: -n)? (.*?)(?:\s*>{1,2}\s*(\S+))?$/,
    ([, text = "", file], progress) => {
      const words = text.replace(/["']/g, "");
      if (file === "/dev/termination-log") progress.lastWords = `${progress.lastWords ?? ""}${words}\n`;
      else if (file === undefined) progress.output += `${words}\n`;
    },
  ],
  [/^trap (["'])(.*)\1 TERM$/, ([, , handler = ""], progress) => trap(handler, progress)],
  // `while :; do …; done` comes here as its first part: it never ends.
  [/^while (:|true)/, (_, progress) => void (progress.ms = Infinity)],
];

function perform(statement: string, progress: Progress): void {
  for (const [form, effect] of STATEMENTS) {
    const match = form.exec(statement);
    if (match) return effect(match, progress);
  }
  // A program that nobody knows: a server, most likely.
  progress.ms = Infinity;
  if (!progress.trapped) progress.onTerm = { afterMs: 0, exitCode: 0 };
}

function trap(handler: string, progress: Progress): void {
  progress.trapped = true;
  if (handler === "") return;
  const { runsMs, exitCode } = run(handler);
  progress.onTerm = { afterMs: runsMs, exitCode };
}
