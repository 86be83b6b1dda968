import { readFile } from "node:fs/promises";
import { isLocalUrl } from "@roboflow/storage";
import type { MadeFiles } from "./made-files.js";

/** The files of a dataset that is being built: each is stored while the next one is made. */
export class DatasetFiles {
  readonly #files: MadeFiles;
  #storing: Promise<void> = Promise.resolve();

  constructor(files: MadeFiles) {
    this.#files = files;
  }

  /** The local path to make a file at (relative, `/` separated); its directory exists. */
  async make(file: string): Promise<string> {
    return this.#files.make(file);
  }

  /** The file is finished. Waits for the one before to be stored, so that few are on local disk. */
  async finish(file: string): Promise<void> {
    await this.#storing;
    this.#storing = this.#files.store(file);
    // Told by the next call, or by `settled`.
    this.#storing.catch(() => undefined);
  }

  /** Waits until all finished files are stored. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  /** The content of a finished file. */
  async read(file: string): Promise<Uint8Array> {
    await this.settled();
    const { storage, url, call } = this.#files;
    if (isLocalUrl(url)) return readFile(this.#files.path(file));
    return storage.readAll(this.#files.urlOf(file), { ...call, maxBytes: Infinity });
  }
}
