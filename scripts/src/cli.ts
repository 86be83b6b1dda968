import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./root.js";
import { mustRun, runCommand, type CommandResult } from "./run-command.js";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Node's arguments that run a program of this repository from source; its path follows. */
export const FROM_SOURCE: readonly string[] = ["--conditions=@roboflow/source", "--import", tsx];

/** The same for the command line; its own arguments follow. */
export const CLI: readonly string[] = [...FROM_SOURCE, join(ROOT, "apps/cli/src/main.ts")];

/** The command line with one store, in processes of their own. */
export class Cli {
  readonly env: NodeJS.ProcessEnv;

  /** @param store its URL */
  constructor(store: string) {
    // All of these processes run on this machine, whatever the store is.
    const fixed = { ROBOFLOW_STORE: store, ROBOFLOW_SHARED_PATH: "1", NO_COLOR: "1" };
    this.env = { ...process.env, ...fixed };
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, [...CLI, ...args], { cwd: ROOT, env: this.env });
  }

  /** The parsed output of a command with `--json`; throws with all output if it fails. */
  async json(...args: readonly string[]): Promise<unknown> {
    const command = [...CLI, ...args, "--json"];
    const options = { cwd: ROOT, env: this.env };
    return JSON.parse(await mustRun(process.execPath, command, options)) as unknown;
  }
}
