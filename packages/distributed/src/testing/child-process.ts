import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ModuleProcessOptions {
  /** A command to put before Node's, e.g. one that sets limits and executes the rest. */
  readonly wrapper?: readonly string[];
}

/** A module run in a process of its own, heard line by line. */
export class ModuleProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  /** @param module its file, without the ending: `.ts` in the repo, `.js` when built */
  constructor(module: URL, args: readonly string[], { wrapper = [] }: ModuleProcessOptions = {}) {
    const source = import.meta.url.endsWith(".ts");
    const file = `${fileURLToPath(module)}${source ? ".ts" : ".js"}`;
    const flags = source ? ["--conditions=@roboflow/source", "--import", "tsx"] : [];
    const [command = process.execPath, ...rest] = [
      ...wrapper,
      process.execPath,
      ...flags,
      file,
      ...args,
    ];
    const child = spawn(command, rest, {
      cwd: dirname(file),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.on("data", (chunk) => {
      this.#errors += String(chunk);
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`The process ended early: ${this.#errors}`);
    return next.value;
  }

  /** Kills it with SIGKILL; resolves with the lines it had still said. */
  async kill(): Promise<readonly string[]> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exit;
    }
    const rest: string[] = [];
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) {
      rest.push(next.value);
    }
    return rest;
  }
}
