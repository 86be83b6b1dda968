import type { BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { StorageError } from "./error.js";
import { toStorageError } from "./fs-error.js";
import type { ObjectStat, ReadableObject } from "./storage.js";
import { toPath } from "./url.js";

/** @throws StorageError `ERR_ROBOFLOW_STORAGE_NOT_FOUND`, also for a directory. */
export async function statFile(url: string): Promise<ObjectStat> {
  try {
    return describe(url, await stat(toPath(url), { bigint: true }));
  } catch (error) {
    throw toStorageError(error, "read", url);
  }
}

/** An open local file. */
export class LocalObject implements ReadableObject {
  readonly url: string;
  readonly size: number;
  readonly identity: string;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, known: ObjectStat) {
    this.#file = file;
    this.url = known.url;
    this.size = known.size;
    this.identity = known.identity;
  }

  static async open(url: string): Promise<LocalObject> {
    // Before opening, which would wait for a writer if it is a named pipe.
    await statFile(url);
    let file: FileHandle | undefined;
    try {
      file = await open(toPath(url), "r");
      return new LocalObject(file, describe(url, await file.stat({ bigint: true })));
    } catch (error) {
      await file?.close();
      throw toStorageError(error, "open", url);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    try {
      while (filled < wanted) {
        const { bytesRead } = await this.#file.read(
          bytes,
          filled,
          wanted - filled,
          offset + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      throw toStorageError(error, "read", this.url);
    }
    // A plain Uint8Array: a Buffer's `slice` shares memory where others copy.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, filled);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function describe(url: string, stats: BigIntStats): ObjectStat {
  if (!stats.isFile()) {
    throw new StorageError("ERR_ROBOFLOW_STORAGE_NOT_FOUND", `${url}: not a regular file`);
  }
  // Replacing changes the inode, writing in place the time, appending the size.
  return {
    url,
    size: Number(stats.size),
    identity: `${stats.size}-${stats.mtimeNs}-${stats.ino}`,
  };
}
