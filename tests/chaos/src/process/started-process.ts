import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { childrenOf, signalAll } from "./process-tree.js";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it prints on stderr is kept here. */
  readonly logFile: string;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

const running = new Set<ChildProcess>();

/** kill -9 of all that was started and still runs; for the end of this process. */
export function killStarted(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** A process that may be killed, stopped and continued, with or without its children. */
export class StartedProcess {
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  constructor({ file, args, cwd, env, logFile }: Command) {
    this.#child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.#child.pid ?? 0;
    running.add(this.#child);
    this.#child.once("close", () => running.delete(this.#child));
    const log = createWriteStream(logFile, { flags: "a" });
    this.#child.stderr?.pipe(log);
    let stdout = "";
    this.#child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    this.ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: null, signal: null, stdout }));
      this.#child.once("close", (code, signal) => resolve({ code, signal, stdout }));
    });
  }

  get isRunning(): boolean {
    return this.pid !== 0 && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  children(): number[] {
    return this.isRunning ? childrenOf(this.pid) : [];
  }

  /** @param whole also to its children, as when the machine dies or freezes */
  signal(signal: NodeJS.Signals, { whole }: { readonly whole: boolean }): void {
    if (!this.isRunning) return;
    const children = whole ? this.children() : [];
    this.#child.kill(signal);
    signalAll(children, signal);
  }
}
