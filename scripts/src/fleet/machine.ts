import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CLI } from "../cli.js";
import { mustRun } from "../run-command.js";

/** A line of a worker's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * What stands for a machine of its own: a directory that is empty at first and serves as working
 * directory, home and scratch space, and an environment that holds nothing else but where the store
 * and the object storage are.
 */
export class Machine {
  readonly #env: NodeJS.ProcessEnv;

  private constructor(
    readonly name: string,
    readonly directory: string,
    services: Readonly<Record<string, string>>,
  ) {
    this.#env = {
      PATH: process.env["PATH"],
      HOME: directory,
      ROBOFLOW_SCRATCH: join(directory, "scratch"),
      ROBOFLOW_USER: name.replaceAll(" ", "-"),
      NO_COLOR: "1",
      ...services,
    };
  }

  /** @param services environment variables of the store and the object storage */
  static async create(
    name: string,
    root: string,
    services: Readonly<Record<string, string>>,
  ): Promise<Machine> {
    const directory = join(root, name.replaceAll(" ", "-"));
    await mkdir(join(directory, "scratch"), { recursive: true });
    return new Machine(name, directory, services);
  }

  /** Runs a command to its end, and gives the JSON that it prints; throws if it fails. */
  async json(...args: readonly string[]): Promise<unknown> {
    const command = [...CLI, ...args, "--json"];
    const options = { cwd: this.directory, env: this.#env };
    return JSON.parse(await mustRun(process.execPath, command, options)) as unknown;
  }

  /** Starts a worker whose log goes to `onLine`. */
  startWorker(args: readonly string[], onLine: (line: LogLine) => void): RunningWorker {
    const command = [...CLI, "worker", "--log-format", "json", ...args];
    const child = spawn(process.execPath, command, {
      cwd: this.directory,
      env: this.#env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    return new RunningWorker(child, onLine);
  }
}

/** A worker process. */
export class RunningWorker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #said = new EventEmitter();

  constructor(child: ChildProcess, onLine: (line: LogLine) => void) {
    this.#child = child;
    this.#ended = once(child, "exit");
    if (child.stderr === null) throw new Error("the worker has no output");
    createInterface({ input: child.stderr }).on("line", (text) => {
      const line = parse(text);
      onLine(line);
      this.#said.emit(`said ${line.message}`);
    });
  }

  /** Resolves once it logs this message from now on. */
  async said(message: string): Promise<void> {
    const ended = this.#ended.then(() => {
      throw new Error(`a worker ended before it said "${message}"`);
    });
    await Promise.race([once(this.#said, `said ${message}`), ended]);
  }

  /** kill -9: it can do nothing about it, and its children end with it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Lets it finish what it does. */
  async drain(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}

/** Messages that are not of the log are shown as they are. */
function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: "info", message: line };
  }
}
