import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A process that prints a line of JSON when it is ready, and one for each line it is given. */
export class Program<Answer> implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  static async start<Answer>(
    command: string,
    args: readonly string[],
  ): Promise<{ readonly program: Program<Answer>; readonly ready: unknown }> {
    const program = new Program<Answer>(command, args);
    return { program, ready: await program.#line() };
  }

  async ask(line: string): Promise<Answer> {
    this.#process.stdin.write(`${line}\n`);
    return (await this.#line()) as Answer;
  }

  /** Each of these programs ends with its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "close");
    this.#process.stdin.end();
    await ended;
  }

  async #line(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#process.spawnfile} ended`);
    return JSON.parse(value);
  }
}
