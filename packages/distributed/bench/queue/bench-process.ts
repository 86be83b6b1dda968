import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Answer, Ask } from "./messages.js";

/** A process that serves the bench; see `serveQueue`. */
export class BenchProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(entry: string) {
    // Without the condition for sources: what is measured is compiled as it is published.
    this.#child = fork(entry, [], { execArgv: ["--import", "tsx"], serialization: "advanced" });
  }

  /** @throws Error if the process says that it failed, or ends */
  async ask(message: Ask): Promise<Exclude<Answer, { kind: "failed" }>> {
    const ended = new AbortController();
    try {
      const answered = once(this.#child, "message", ended);
      const exited = once(this.#child, "exit", ended).then(() => {
        throw new Error("A process of the bench ended");
      });
      this.#child.send(message);
      const [answer] = (await Promise.race([answered, exited])) as [Answer];
      if (answer.kind === "failed") throw new Error(answer.reason);
      return answer;
    } finally {
      ended.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
