import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewJob } from "@roboflow/distributed";

/** Written at once, bytes. */
const BLOCK = 1 << 16;

/**
 * Jobs in a temporary file, so that a submission of any length is checked to its end before the
 * first of it is stored, and then read as often as needed. The file has no name: it is gone with
 * this process, however that ends.
 */
export class JobSpool implements AsyncDisposable {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #pendingLength = 0;
  #count = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(): Promise<JobSpool> {
    const directory = await mkdtemp(join(tmpdir(), "roboflow-submit-"));
    try {
      return new JobSpool(await open(join(directory, "jobs.jsonl"), "wx+", 0o600));
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  get count(): number {
    return this.#count;
  }

  async add(job: NewJob): Promise<void> {
    const line = `${JSON.stringify(job)}\n`;
    this.#pending.push(line);
    this.#pendingLength += line.length;
    this.#count += 1;
    if (this.#pendingLength >= BLOCK) await this.#flush();
  }

  /** All jobs in their order; may be called again for another pass. */
  async *jobs(): AsyncGenerator<NewJob> {
    await this.#flush();
    let rest = "";
    const stream = this.#file.createReadStream({ start: 0, autoClose: false, encoding: "utf8" });
    for await (const text of stream as AsyncIterable<string>) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      // Written by this object a moment ago.
      for (const line of lines) yield JSON.parse(line) as NewJob;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const text = this.#pending.join("");
    this.#pending = [];
    this.#pendingLength = 0;
    if (text !== "") await this.#file.appendFile(text);
  }
}
