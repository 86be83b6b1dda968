import type { FileHandle } from "node:fs/promises";
import { openTemporary, renameInto, unlinkIfPresent } from "./durable-file.js";
import { StorageError } from "./error.js";
import { toStorageError } from "./fs-error.js";
import { statFile } from "./local-object.js";
import type { ObjectStat, ObjectWriter } from "./storage.js";
import { toPath } from "./url.js";

type State =
  | { readonly kind: "open"; readonly temporary: string; readonly file: FileHandle }
  | { readonly kind: "ended"; readonly how: "finished" | "aborted" };

/** Writes a temporary file beside its target, and renames it over that in the end. */
export class LocalWriter implements ObjectWriter {
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;
  #state: State;

  private constructor(
    url: string,
    signal: AbortSignal | undefined,
    opened: { readonly temporary: string; readonly file: FileHandle },
  ) {
    this.#url = url;
    this.#signal = signal;
    this.#state = { kind: "open", ...opened };
  }

  static async create(url: string, signal?: AbortSignal): Promise<LocalWriter> {
    try {
      return new LocalWriter(url, signal, await openTemporary(toPath(url)));
    } catch (error) {
      throw toStorageError(error, "write", url);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { file } = this.#open();
    await this.#orAbort(() => file.writeFile(chunk));
  }

  async finish(): Promise<ObjectStat> {
    const { file, temporary } = this.#open();
    await this.#orAbort(async () => {
      await file.sync();
      await file.close();
      await renameInto(temporary, toPath(this.#url));
    });
    this.#state = { kind: "ended", how: "finished" };
    return statFile(this.#url);
  }

  async abort(): Promise<void> {
    const state = this.#state;
    if (state.kind === "ended") return;
    this.#state = { kind: "ended", how: "aborted" };
    await state.file.close();
    await unlinkIfPresent(state.temporary);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  #open(): State & { kind: "open" } {
    if (this.#state.kind === "open") return this.#state;
    throw new StorageError(
      "ERR_ROBOFLOW_STORAGE_IO",
      `${this.#url}: the writer is ${this.#state.how} already`,
    );
  }

  async #orAbort(work: () => Promise<void>): Promise<void> {
    try {
      this.#signal?.throwIfAborted();
      await work();
    } catch (error) {
      await this.abort();
      this.#signal?.throwIfAborted();
      throw toStorageError(error, "write", this.#url);
    }
  }
}
