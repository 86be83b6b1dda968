import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Immutable bytes that were uploaded at once. */
export interface Blob {
  /** Names it on disk. */
  readonly id: string;
  readonly size: number;
  /** Bytes from `start` up to and without `end`, in pieces. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** Where blobs are kept. */
export interface BlobStore {
  add(content: Uint8Array): Promise<Blob>;
  /** A blob of an earlier process. */
  known(id: string, size: number): Blob;
  remove(blob: Blob): Promise<void>;
}

export class MemoryBlobs implements BlobStore {
  async add(content: Uint8Array): Promise<Blob> {
    return {
      id: "",
      size: content.length,
      async *read(start, end) {
        if (end > start) yield content.subarray(start, end);
      },
    };
  }

  known(id: string): Blob {
    throw new TypeError(`blob ${id} was kept in memory only`);
  }

  async remove(): Promise<void> {
    // Goes with the last object that refers to it.
  }
}

export class FileBlobs implements BlobStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(content: Uint8Array): Promise<Blob> {
    const id = randomUUID();
    await mkdir(this.#directory, { recursive: true });
    await writeFile(join(this.#directory, id), content);
    return this.known(id, content.length);
  }

  known(id: string, size: number): Blob {
    const path = join(this.#directory, id);
    return {
      id,
      size,
      async *read(start, end) {
        if (end <= start) return;
        const pieces: AsyncIterable<Buffer> = createReadStream(path, {
          start,
          end: end - 1,
          highWaterMark: 256 * 1024,
        });
        yield* pieces;
      },
    };
  }

  async remove(blob: Blob): Promise<void> {
    await rm(join(this.#directory, blob.id), { force: true });
  }
}
