import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface DoomedPlan {
  readonly endpoints: readonly string[];
  readonly keys: readonly string[];
  /** What all keys get. Undefined: it locks them only. */
  readonly value?: string;
  /** Locks the keys before it writes them. */
  readonly pessimistic?: boolean;
  readonly asyncCommit?: boolean;
  readonly onePc?: boolean;
  /** Has begun, and goes on only when it is told to. */
  readonly waits?: boolean;
}

const PROGRAM = join(import.meta.dirname, "doomed-process.ts");
const LOADER = ["--conditions=@roboflow/source", "--import", "tsx"];

/** A client of ours in a process of its own, which dies in the middle of one transaction. */
export class DoomedClient implements AsyncDisposable {
  /** What it has said so far: `begun`, then `committed` or `failed: …`. */
  readonly said: string[] = [];
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;

  constructor(plan: DoomedPlan) {
    this.#process = spawn(process.execPath, [...LOADER, PROGRAM, JSON.stringify(plan)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.said.push(line));
  }

  goOn(): void {
    this.#process.stdin.end("go on\n");
  }

  /** It has no time to clean up. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
