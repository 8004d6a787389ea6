// Exit codes that mean something (sysexits where there is one). It refuses to end the process: main.ts sets the code.

export const EXIT = {
  ok: 0,
  /** The command ran and failed; the message says why. */
  failed: 1,
  /** Wrong arguments. */
  usage: 64,
  /** Something that has to be installed is not there. */
  unavailable: 69,
  /** Needs root, or a folder that cannot be written. */
  permission: 77,
  /** It is already so, or not yet: a second `up` of a different kind, `down` while something is mounted. */
  conflict: 75,
} as const;

/** Ends a command with a message for its user and an exit code; no stack is shown. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code: number;
  constructor(message: string, code: number = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
