import { rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { isLocalUrl, toPath, type CallOptions, type Storage } from "@roboflow/storage";
import { inOrder } from "./in-order.js";
import type { Scratch } from "./scratch.js";

/** A file on local disk for as long as it is needed; disposing removes it if it is a copy. */
export interface FetchedFile extends AsyncDisposable {
  readonly path: string;
}

/** Gives files of any storage as local ones: those on local disk themselves, others as copies. */
export class FetchedFiles {
  readonly storage: Storage;
  readonly call: CallOptions;
  readonly #scratch: Scratch;
  #count = 0;

  constructor(options: {
    readonly storage: Storage;
    readonly scratch: Scratch;
    readonly signal?: AbortSignal | undefined;
  }) {
    this.storage = options.storage;
    this.#scratch = options.scratch;
    this.call = options.signal === undefined ? {} : { signal: options.signal };
  }

  /** @throws StorageError `ERR_ROBOFLOW_STORAGE_NOT_FOUND` if a remote one is not there */
  async fetch(url: string): Promise<FetchedFile> {
    if (isLocalUrl(url)) return { path: toPath(url), [Symbol.asyncDispose]: async () => undefined };
    // FFmpeg goes by the extension, too.
    const name = `fetched-${this.#count++}${extname(new URL(url).pathname)}`;
    const path = join(await this.#scratch.directory(), name);
    const remove = (): Promise<void> => rm(path, { force: true });
    try {
      await this.storage.download(url, path, this.call);
    } catch (error) {
      await remove();
      throw error;
    }
    return { path, [Symbol.asyncDispose]: remove };
  }

  /** Fetches several, a few at a time; in order. */
  async fetchAll(urls: readonly string[]): Promise<readonly FetchedFile[]> {
    const files: FetchedFile[] = [];
    try {
      for await (const file of inOrder(urls, AT_ONCE, (url) => this.fetch(url))) files.push(file);
      return files;
    } catch (error) {
      for (const file of files) await file[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** Small files are bound by the time that a request takes. */
export const AT_ONCE = 4;
