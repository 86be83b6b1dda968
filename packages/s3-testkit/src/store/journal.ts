import { createHash, randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Journal } from "./bucket.js";
import type { StoredObject } from "./object.js";

/** An object as it is in a file, its content by the names of blobs. */
export interface SavedObject extends Omit<StoredObject, "content"> {
  readonly key: string;
  readonly content: readonly {
    readonly blob: string;
    readonly blobSize: number;
    readonly offset: number;
    readonly length: number;
  }[];
}

/** Keeps each object of a bucket in a JSON file, named after the hash of its key. */
export class DirectoryJournal implements Journal {
  readonly #directory: string;
  /** The last change to each key: two changes to one key are written in order. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async saved(key: string, object: StoredObject): Promise<void> {
    const saved: SavedObject = {
      ...object,
      key,
      content: object.content.map(({ blob, offset, length }) => ({
        blob: blob.id,
        blobSize: blob.size,
        offset,
        length,
      })),
    };
    await this.#inOrder(key, async (path) => {
      const temporary = join(this.#directory, randomUUID());
      await writeFile(temporary, JSON.stringify(saved));
      await rename(temporary, path);
    });
  }

  async removed(key: string): Promise<void> {
    await this.#inOrder(key, (path) => rm(path, { force: true }));
  }

  async #inOrder(key: string, write: (path: string) => Promise<void>): Promise<void> {
    const name = createHash("sha256").update(key).digest("hex");
    const before = this.#pending.get(key);
    const mine = (async () => {
      await before;
      await write(join(this.#directory, `${name}.json`));
    })();
    this.#pending.set(key, mine);
    await mine;
    if (this.#pending.get(key) === mine) this.#pending.delete(key);
  }
}
