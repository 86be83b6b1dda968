import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { joinUrl, type CallOptions, type Storage } from "@roboflow/storage";

/** A finished file of an episode. */
export interface StoredFile {
  /** Relative to the episode's directory, `/` separated. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Where an episode's files go. */
export interface EpisodeFilesOptions {
  readonly storage: Storage;
  /** The episode's directory. */
  readonly url: string;
  /** Local directory that files are made in. */
  readonly directory: string;
  /** `inPlace`: `directory` is what `url` names. `upload`: a scratch directory; only unfinished files stay in it. */
  readonly mode: "inPlace" | "upload";
  readonly signal?: AbortSignal | undefined;
}

/** The files of one episode: each is made locally, then stored for good. */
export class EpisodeFiles {
  readonly #options: EpisodeFilesOptions;
  #bytes = 0;

  constructor(options: EpisodeFilesOptions) {
    this.#options = options;
  }

  get storage(): Storage {
    return this.#options.storage;
  }

  /** Stored so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The local path to make a file at; its directory exists. */
  async make(file: string): Promise<string> {
    const path = this.#path(file);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  /** Stores a file made at its path; from then on it may be missing there. */
  async store(file: string): Promise<StoredFile> {
    const { storage, url, mode } = this.#options;
    const path = this.#path(file);
    const { bytes, sha256 } = await digestFile(path, this.#call());
    if (mode === "upload") await storage.putFile(joinUrl(url, file), path, this.#call());
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
    await this.storage.download(from, path, this.#call());
    const { bytes, sha256 } = await digestFile(path, this.#call());
    if (bytes !== wanted.bytes || sha256 !== wanted.sha256) {
      await rm(path, { force: true });
      return false;
    }
    await this.store(wanted.file);
    return true;
  }

  /** Stores a small JSON file, whole or not at all. */
  async putJson(file: string, value: unknown): Promise<void> {
    const content = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
    await this.storage.put(joinUrl(this.#options.url, file), content, this.#call());
    this.#bytes += content.length;
  }

  #path(file: string): string {
    return join(this.#options.directory, file);
  }

  #call(): CallOptions {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}

/** Size and SHA-256 of a local file. */
export async function digestFile(
  path: string,
  options: CallOptions = {},
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const parts: AsyncIterable<Buffer> = createReadStream(path, {
    ...options,
    highWaterMark: 1 << 20,
  });
  for await (const part of parts) {
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
