import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { joinUrl, type CallOptions, type Storage } from "@roboflow/storage";
import type { MadeFiles } from "./made-files.js";

/** A finished file of an episode. */
export interface StoredFile {
  /** Relative to the episode's directory, `/` separated. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The files of one episode, with their sizes and sums. */
export class EpisodeFiles {
  readonly #files: MadeFiles;
  #bytes = 0;

  constructor(files: MadeFiles) {
    this.#files = files;
  }

  get storage(): Storage {
    return this.#files.storage;
  }

  /** Stored so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The local path to make a file at; its directory exists. */
  async make(file: string): Promise<string> {
    return this.#files.make(file);
  }

  /** Stores a file made at its path; from then on it may be missing there. */
  async store(file: string): Promise<StoredFile> {
    const { bytes, sha256 } = await digestFile(this.#files.path(file), this.#files.call);
    await this.#files.store(file);
    this.#bytes += bytes;
    return { file, bytes, sha256 };
  }

  /**
   * Takes over a file of another episode directory if it is there whole, else leaves nothing.
   * @returns whether it did
   */
  async takeOver(fromUrl: string, wanted: StoredFile): Promise<boolean> {
    // Refuses names that lead out of the directory.
    const from = joinUrl(fromUrl, wanted.file);
    const path = await this.make(wanted.file);
    await this.storage.download(from, path, this.#files.call);
    const { bytes, sha256 } = await digestFile(path, this.#files.call);
    if (bytes !== wanted.bytes || sha256 !== wanted.sha256) {
      await rm(path, { force: true });
      return false;
    }
    await this.#files.store(wanted.file);
    this.#bytes += bytes;
    return true;
  }

  /** Stores a small JSON file, whole or not at all. */
  async putJson(file: string, value: unknown): Promise<void> {
    const content = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
    await this.storage.put(this.#files.urlOf(file), content, this.#files.call);
    this.#bytes += content.length;
  }
}

/** Size and SHA-256 of a local file. */
async function digestFile(
  path: string,
  options: CallOptions,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const parts: AsyncIterable<Buffer> = createReadStream(path, {
    ...options,
    highWaterMark: 1024 * 1024,
  });
  for await (const part of parts) {
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
