import { CommanderError } from "commander";
import { ExitCode, exitCodeOf } from "./exit-code.js";
import { printError } from "./io/print-error.js";
import { processTerminal } from "./io/terminal.js";
import { createProgram } from "./program.js";

/** Runs one command line and gives the code to exit with. Prints errors; never throws. */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const terminal = processTerminal(env);
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new DOMException("interrupted", "AbortError"));
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  const program = createProgram({ terminal, env, cwd: process.cwd(), signal: interrupt.signal });
  try {
    await program.parseAsync(args, { from: "user" });
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed help or the usage error itself.
      return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    }
    if (interrupt.signal.aborted && exitCodeOf(error) === ExitCode.interrupted) {
      terminal.message("interrupted");
      return ExitCode.interrupted;
    }
    printError(error, terminal, args.includes("--debug") || env["ROBOFLOW_DEBUG"] === "1");
    return exitCodeOf(error);
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}
