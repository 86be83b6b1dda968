import type { Logger } from "@roboflow/core";
import { StorageError } from "./error.js";
import { LocalStorage } from "./local-storage.js";
import { ossEngineOptions, s3EngineOptions } from "./s3/environment.js";
import type { RetryInfo, S3Options } from "./s3/s3-options.js";
import { S3Storage } from "./s3/s3-storage.js";
import type { CallOptions, ObjectStat, ObjectWriter, ReadableObject, Storage } from "./storage.js";
import { schemeOf } from "./url.js";

/** One engine for each URL scheme, named with its colon: `{ "s3:": … }`. */
export type StorageEngines = Readonly<Record<`${string}:`, Storage>>;

export interface StorageOptions {
  readonly logger?: Logger;
  /** Where endpoints, regions and keys are looked for. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** For `s3:`; what is left out comes from `AWS_*` variables, profiles and roles. */
  readonly s3?: S3Options;
  /** For `oss:`; what is left out comes from `OSS_*` variables, else as for `s3:`. */
  readonly oss?: S3Options;
  /** Told of each attempt at an object store that failed and is made again. */
  readonly onRetry?: (info: RetryInfo) => void;
  /** Engines beside those of `file:`, `s3:` and `oss:`, or in their place. They are closed with the storage. */
  readonly engines?: StorageEngines;
}

/**
 * All storage of a process: each call goes to the engine of its URL's scheme. A scheme without
 * engine gives `ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL`, which names those that have one.
 */
export function createStorage(options: StorageOptions = {}): Storage {
  const { logger, onRetry } = options;
  const surroundings = {
    env: options.env ?? process.env,
    ...(logger && { logger }),
    ...(onRetry && { onRetry }),
  };
  return new RoutedStorage({
    "file:": new LocalStorage(options),
    "s3:": new S3Storage(s3EngineOptions(options.s3 ?? {}, surroundings)),
    "oss:": new S3Storage(ossEngineOptions(options.oss ?? {}, surroundings)),
    ...options.engines,
  });
}

class RoutedStorage implements Storage {
  readonly #engines: ReadonlyMap<string, Storage>;

  constructor(engines: StorageEngines) {
    this.#engines = new Map(Object.entries(engines));
  }

  async stat(url: string, options?: CallOptions): Promise<ObjectStat> {
    return this.#engineOf(url).stat(url, options);
  }

  async exists(url: string, options?: CallOptions): Promise<boolean> {
    return this.#engineOf(url).exists(url, options);
  }

  async open(url: string, options?: CallOptions): Promise<ReadableObject> {
    return this.#engineOf(url).open(url, options);
  }

  async readAll(
    url: string,
    options?: CallOptions & { readonly maxBytes?: number },
  ): Promise<Uint8Array> {
    return this.#engineOf(url).readAll(url, options);
  }

  async put(url: string, content: Uint8Array, options?: CallOptions): Promise<void> {
    await this.#engineOf(url).put(url, content, options);
  }

  async putIfAbsent(url: string, content: Uint8Array, options?: CallOptions): Promise<boolean> {
    return this.#engineOf(url).putIfAbsent(url, content, options);
  }

  async putIfUnchanged(
    url: string,
    content: Uint8Array,
    identity: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#engineOf(url).putIfUnchanged(url, content, identity, options);
  }

  async createWriter(url: string, options?: CallOptions): Promise<ObjectWriter> {
    return this.#engineOf(url).createWriter(url, options);
  }

  async download(url: string, localPath: string, options?: CallOptions): Promise<void> {
    await this.#engineOf(url).download(url, localPath, options);
  }

  async upload(url: string, localPath: string, options?: CallOptions): Promise<ObjectStat> {
    return this.#engineOf(url).upload(url, localPath, options);
  }

  async putFile(url: string, localPath: string, options?: CallOptions): Promise<void> {
    await this.#engineOf(url).putFile(url, localPath, options);
  }

  async move(from: string, to: string, options?: CallOptions): Promise<void> {
    await this.#engineOfBoth(from, to).move(from, to, options);
  }

  async moveIf(
    from: string,
    to: string,
    ifIdentity: string | null,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#engineOfBoth(from, to).moveIf(from, to, ifIdentity, options);
  }

  async localPath(url: string, scratchDir: string, options?: CallOptions): Promise<string> {
    return this.#engineOf(url).localPath(url, scratchDir, options);
  }

  async *list(prefixUrl: string, options?: CallOptions): AsyncIterable<ObjectStat> {
    yield* this.#engineOf(prefixUrl).list(prefixUrl, options);
  }

  async remove(url: string, options?: CallOptions): Promise<void> {
    await this.#engineOf(url).remove(url, options);
  }

  async removeIf(url: string, identity: string, options?: CallOptions): Promise<boolean> {
    return this.#engineOf(url).removeIf(url, identity, options);
  }

  async removeTree(prefixUrl: string, options?: CallOptions): Promise<void> {
    await this.#engineOf(prefixUrl).removeTree(prefixUrl, options);
  }

  async dropUploads(prefixUrl: string, options?: CallOptions): Promise<void> {
    await this.#engineOf(prefixUrl).dropUploads(prefixUrl, options);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#engines.values()].map((engine) => engine.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #engineOfBoth(from: string, to: string): Storage {
    const engine = this.#engineOf(to);
    if (engine === this.#engineOf(from)) return engine;
    throw new StorageError(
      "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL",
      `${from} can't move to ${to}: they are in different storages`,
      { hint: "Download it, then upload it." },
    );
  }

  #engineOf(url: string): Storage {
    const scheme = schemeOf(url);
    const engine = scheme === undefined ? undefined : this.#engines.get(scheme);
    if (engine !== undefined) return engine;
    const supported = [...this.#engines.keys()].map((known) => `${known}//`).join(", ");
    throw new StorageError(
      "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL",
      scheme === undefined
        ? `${url} is not an absolute URL`
        : `${url}: ${scheme}// is not supported (supported: ${supported})`,
      scheme === undefined ? { hint: "toUrl() makes one from a path." } : {},
    );
  }
}
