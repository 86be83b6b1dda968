import { resolve } from "node:path";
import {
  isLocalUrl,
  joinUrl,
  toPath,
  toUrl,
  type CallOptions,
  type Storage,
} from "@roboflow/storage";
import { FetchedFiles, type FetchedFile } from "./fetched-files.js";
import { relativePath } from "./relative-path.js";
import type { Scratch } from "./scratch.js";

export interface DatasetFile {
  /** Relative to the dataset, `/` separated. */
  readonly path: string;
  readonly bytes: number;
}

/** Reads the files of a dataset, by their paths relative to it. */
export class DatasetReader {
  readonly url: string;
  readonly #storage: Storage;
  readonly #fetched: FetchedFiles;
  readonly #call: CallOptions;

  /** `place` is a local path or a URL. */
  constructor(options: {
    readonly storage: Storage;
    readonly place: string;
    readonly scratch: Scratch;
    readonly signal?: AbortSignal | undefined;
  }) {
    const url = toUrl(options.place, resolve());
    this.url = url.endsWith("/") ? url : `${url}/`;
    this.#storage = options.storage;
    this.#fetched = new FetchedFiles(options);
    this.#call = options.signal === undefined ? {} : { signal: options.signal };
  }

  /** For errors: a local path, or the URL. */
  get name(): string {
    return isLocalUrl(this.url) ? resolve(toPath(this.url)) : this.url;
  }

  /** The whole content. */
  async read(file: string): Promise<Uint8Array> {
    return this.#storage.readAll(joinUrl(this.url, file), { ...this.#call, maxBytes: Infinity });
  }

  async exists(file: string): Promise<boolean> {
    return this.#storage.exists(joinUrl(this.url, file), this.#call);
  }

  /** As a local file, for native readers. */
  async fetch(file: string): Promise<FetchedFile> {
    return this.#fetched.fetch(joinUrl(this.url, file));
  }

  /** All files below a directory of the dataset, ordered by path; none if it is absent. */
  async list(below: string): Promise<DatasetFile[]> {
    const files: DatasetFile[] = [];
    for await (const { url, size } of this.#storage.list(
      joinUrl(this.url, `${below}/`),
      this.#call,
    ))
      files.push({ path: relativePath(this.url, url), bytes: size });
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
