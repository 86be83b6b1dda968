import type { Terminal } from "./terminal.js";

/** One JSON value on stdout, indented; for `--json`. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.data(JSON.stringify(value, null, 2));
}
