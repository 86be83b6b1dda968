import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isLocalUrl, joinUrl, type CallOptions, type Storage } from "@roboflow/storage";
import { makeDirectory } from "./make-directory.js";
import type { Scratch } from "./scratch.js";

/**
 * Files that are made on local disk and then belong below a URL: of a `file:` URL in place, else in
 * scratch space, from where each is uploaded when it is finished.
 */
export class MadeFiles {
  readonly storage: Storage;
  /** Directory that the files belong to. */
  readonly url: string;
  /** Where they are made. */
  readonly directory: string;
  readonly call: CallOptions;

  private constructor(storage: Storage, url: string, directory: string, call: CallOptions) {
    this.storage = storage;
    this.url = url;
    this.directory = directory;
    this.call = call;
  }

  static async open(options: {
    readonly storage: Storage;
    readonly url: string;
    readonly scratch: Scratch;
    readonly signal?: AbortSignal | undefined;
  }): Promise<MadeFiles> {
    const { storage, url, scratch, signal } = options;
    const directory = isLocalUrl(url) ? await makeDirectory(url) : await scratch.directory();
    return new MadeFiles(storage, url, directory, signal === undefined ? {} : { signal });
  }

  /** The local path to make a file at (relative, `/` separated); its directory exists. */
  async make(file: string): Promise<string> {
    const path = this.path(file);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  /** The file is finished: after this it is at its URL, and maybe no longer at its path. */
  async store(file: string): Promise<void> {
    if (!isLocalUrl(this.url))
      await this.storage.putFile(this.urlOf(file), this.path(file), this.call);
  }

  urlOf(file: string): string {
    return joinUrl(this.url, file);
  }
}
