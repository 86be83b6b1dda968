import { RoboflowError } from "@roboflow/core";
import type { Terminal } from "./terminal.js";

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && !chain.includes(at); at = at.cause) chain.push(at);
  return chain;
}

/**
 * Tells the user what went wrong and what to do. A stack trace only with `debug`; a bug asks for a
 * report instead of showing one.
 */
export function printError(error: unknown, terminal: Terminal, debug: boolean): void {
  const label = terminal.style("red", "error:");
  if (error instanceof RoboflowError) {
    terminal.message(`${label} ${error.message}`);
    if (error.hint !== undefined)
      terminal.message(`${terminal.style("cyan", "hint:")} ${error.hint}`);
    terminal.message(terminal.style("dim", `code: ${error.code}`));
  } else {
    const message = error instanceof Error ? error.message : String(error);
    terminal.message(`${label} unexpected: ${message}`);
    if (!debug) {
      terminal.message(
        `${terminal.style("cyan", "hint:")} this looks like a bug in roboflow; run again with --debug and report it`,
      );
    }
  }
  if (!debug) return;
  for (const [depth, cause] of causes(error).entries()) {
    terminal.message(`${depth === 0 ? "" : "caused by: "}${cause.stack ?? cause.message}`);
  }
}
