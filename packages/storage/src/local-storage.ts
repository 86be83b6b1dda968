import { readdir, rm } from "node:fs/promises";
import { silentLogger, type Logger } from "@roboflow/core";
import {
  contentOf,
  createFile,
  type Fill,
  linkBeside,
  moveFile,
  moveFileIfAbsent,
  removeFile,
  renameInto,
  replaceFile,
  TEMPORARY_PREFIX,
  unlinkIfPresent,
  writeTemporary,
} from "./durable-file.js";
import { StorageError } from "./error.js";
import { errnoCode, toStorageError } from "./fs-error.js";
import { LocalObject, statFile } from "./local-object.js";
import { LocalWriter } from "./local-writer.js";
import type { CallOptions, ObjectStat, ObjectWriter, ReadableObject, Storage } from "./storage.js";
import { withSwapClaim } from "./swap-claim.js";
import { encodeSegment, toPath } from "./url.js";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

export interface LocalStorageOptions {
  readonly logger?: Logger;
}

/** Local disk, addressed by `file:` URLs. Directories are made as they are needed. */
export class LocalStorage implements Storage {
  readonly #logger: Logger;

  constructor(options: LocalStorageOptions = {}) {
    this.#logger = options.logger ?? silentLogger;
  }

  async stat(url: string, options: CallOptions = {}): Promise<ObjectStat> {
    options.signal?.throwIfAborted();
    return statFile(url);
  }

  async exists(url: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.stat(url, options);
      return true;
    } catch (error) {
      if (error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND") {
        return false;
      }
      throw error;
    }
  }

  async open(url: string, options: CallOptions = {}): Promise<ReadableObject> {
    options.signal?.throwIfAborted();
    return LocalObject.open(url);
  }

  async readAll(
    url: string,
    options: CallOptions & { readonly maxBytes?: number } = {},
  ): Promise<Uint8Array> {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    await using object = await this.open(url, options);
    if (object.size > maxBytes) {
      throw new StorageError(
        "ERR_ROBOFLOW_STORAGE_TOO_LARGE",
        `${url}: ${object.size} bytes, more than the ${maxBytes} allowed`,
      );
    }
    return object.read(0, object.size);
  }

  async put(url: string, content: Uint8Array, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#do("write", url, () =>
      replaceFile(objectPath(url), (file) => file.writeFile(content, options)),
    );
  }

  async putIfAbsent(url: string, content: Uint8Array, options: CallOptions = {}): Promise<boolean> {
    // Spares writing it all in the common case; `createFile` decides under a race.
    if (await this.exists(url, options)) return false;
    return this.#do("create", url, () =>
      createFile(objectPath(url), (file) => file.writeFile(content, options)),
    );
  }

  async putIfUnchanged(
    url: string,
    content: Uint8Array,
    identity: string,
    options: CallOptions = {},
  ): Promise<boolean> {
    const fill: Fill = (file) => file.writeFile(content, options);
    return this.#replaceIf(url, identity, () => writeTemporary(objectPath(url), fill), options);
  }

  async createWriter(url: string, options: CallOptions = {}): Promise<ObjectWriter> {
    options.signal?.throwIfAborted();
    objectPath(url);
    return LocalWriter.create(url, options.signal);
  }

  async download(url: string, localPath: string, options: CallOptions = {}): Promise<void> {
    await this.stat(url, options);
    await this.#do("copy", `${url} to ${localPath}`, () =>
      replaceFile(localPath, contentOf(toPath(url), options.signal)),
    );
  }

  async upload(url: string, localPath: string, options: CallOptions = {}): Promise<ObjectStat> {
    options.signal?.throwIfAborted();
    await this.#do("copy", `${localPath} to ${url}`, () =>
      replaceFile(objectPath(url), contentOf(localPath, options.signal)),
    );
    return statFile(url);
  }

  async putFile(url: string, localPath: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#move(localPath, url, localPath, options.signal);
  }

  async move(from: string, to: string, options: CallOptions = {}): Promise<void> {
    await this.stat(from, options);
    await this.#move(toPath(from), to, from, options.signal);
  }

  async moveIf(
    from: string,
    to: string,
    ifIdentity: string | null,
    options: CallOptions = {},
  ): Promise<boolean> {
    await this.stat(from, options);
    const [source, target] = [toPath(from), objectPath(to)];
    if (ifIdentity === null) {
      return this.#do("move", `${from} to ${to}`, () =>
        moveFileIfAbsent(source, target, options.signal),
      );
    }
    // The source stays under its name until the target is decided.
    const link = (): Promise<string> => linkBeside(source, target, options.signal);
    const moved = await this.#replaceIf(to, ifIdentity, link, options);
    if (moved) await this.remove(from);
    return moved;
  }

  async localPath(url: string, _scratchDir: string, options: CallOptions = {}): Promise<string> {
    await this.stat(url, options);
    return toPath(url);
  }

  async *list(prefixUrl: string, options: CallOptions = {}): AsyncIterable<ObjectStat> {
    const directory = prefixUrl.endsWith("/") ? prefixUrl : `${prefixUrl}/`;
    options.signal?.throwIfAborted();
    for (const name of await this.#namesIn(directory)) {
      options.signal?.throwIfAborted();
      if (name.endsWith("/")) {
        yield* this.list(`${directory}${name}`, options);
        continue;
      }
      const url = `${directory}${name}`;
      // Removed since the directory was read: as if it never was there.
      if (await this.exists(url, options)) yield await statFile(url);
    }
  }

  async remove(url: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#do("remove", url, () => removeFile(objectPath(url)));
  }

  async removeIf(url: string, identity: string, options: CallOptions = {}): Promise<boolean> {
    const path = objectPath(url);
    return this.#changeIf(url, identity, () => removeFile(path), options);
  }

  async removeTree(prefixUrl: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#do("remove", prefixUrl, () =>
      rm(toPath(prefixUrl), { recursive: true, force: true }),
    );
  }

  async dropUploads(_prefixUrl: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
  }

  async close(): Promise<void> {
    // Holds nothing open: each object closes its own file.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #do<T>(action: string, url: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw toStorageError(error, action, url);
    }
  }

  /** Changes the file as the only one that may, if it still has this identity. */
  async #changeIf(
    url: string,
    identity: string,
    change: () => Promise<boolean>,
    options: CallOptions,
  ): Promise<boolean> {
    if (!(await this.#isUnchanged(url, identity, options))) return false;
    const work = async (): Promise<boolean> =>
      (await this.#isUnchanged(url, identity, options)) && change();
    return this.#do("change", url, () =>
      withSwapClaim(objectPath(url), identity, work, options.signal),
    );
  }

  /** Renames what `prepare` made beside the target over it, if that still has this identity. */
  async #replaceIf(
    url: string,
    identity: string,
    prepare: () => Promise<string>,
    options: CallOptions,
  ): Promise<boolean> {
    if (!(await this.#isUnchanged(url, identity, options))) return false;
    const temporary = await this.#do("replace", url, prepare);
    try {
      const replace = async (): Promise<boolean> => {
        await renameInto(temporary, objectPath(url));
        return true;
      };
      return await this.#changeIf(url, identity, replace, options);
    } finally {
      await unlinkIfPresent(temporary);
    }
  }

  async #isUnchanged(url: string, identity: string, options: CallOptions): Promise<boolean> {
    return (await this.exists(url, options)) && (await statFile(url)).identity === identity;
  }

  /** `name` is what the caller called the file at `path`. */
  async #move(path: string, to: string, name: string, signal?: AbortSignal): Promise<void> {
    const target = objectPath(to);
    const how = await this.#do("move", `${name} to ${to}`, () => moveFile(path, target, signal));
    if (how === "copied") this.#logger.debug("copied to another disk", { from: name, to });
  }

  /** Encoded names in the order of the bytes of the paths below them: a directory sorts with its slash. */
  async #namesIn(directory: string): Promise<string[]> {
    try {
      const entries = await readdir(toPath(directory), { withFileTypes: true });
      return entries
        .filter((entry) => !entry.name.startsWith(TEMPORARY_PREFIX))
        .map((entry) => Buffer.from(`${entry.name}${entry.isDirectory() ? "/" : ""}`))
        .sort(Buffer.compare)
        .map((name) => name.toString().replace(/[^/]+/, encodeSegment));
    } catch (error) {
      if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return [];
      throw toStorageError(error, "list", directory);
    }
  }
}

function objectPath(url: string): string {
  if (url.endsWith("/")) {
    throw new StorageError(
      "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL",
      `${url} names a directory, not a file`,
    );
  }
  return toPath(url);
}
