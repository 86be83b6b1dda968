import type { Terminal } from "./io/terminal.js";

/** What a command gets from the process; tests and other apps can bring their own. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}
