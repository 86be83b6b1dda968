/** What is known of a stored file or object without reading it. */
export interface ObjectStat {
  /** Absolute URL, e.g. `file:///data/run1.mcap`. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Opaque; differs once the content was replaced (file: mtime and inode; object store: etag). */
  readonly identity: string;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** An open object, read by ranges so that a large recording is never held whole. */
export interface ReadableObject extends AsyncDisposable {
  readonly url: string;
  /** Bytes, as it was when opened. */
  readonly size: number;
  readonly identity: string;
  /** Exactly `length` bytes from `offset`; fewer only at the end of the object. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Announces what will be read, in this order, so that engines over a network fetch it ahead.
   * Replaces what was announced before; reading something else stays possible.
   */
  willRead?(ranges: Iterable<ByteRange>): void;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A new object that is written piece by piece. Disposing of it unfinished aborts it. */
export interface ObjectWriter extends AsyncDisposable {
  /** Appends; resolves when there is room for more. The chunk may be reused afterwards. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes all of it visible at once and durably, in place of what was there before. */
  finish(): Promise<ObjectStat>;
  /** Drops what was written; nothing after `finish()`. */
  abort(): Promise<void>;
}

/**
 * Files and objects by URL. Every method takes absolute URLs (see `toUrl`), throws `StorageError`,
 * and leaves either the old or the whole new content, never a part.
 */
export interface Storage extends AsyncDisposable {
  /** @throws StorageError `ERR_ROBOFLOW_STORAGE_NOT_FOUND` */
  stat(url: string, options?: CallOptions): Promise<ObjectStat>;
  exists(url: string, options?: CallOptions): Promise<boolean>;
  open(url: string, options?: CallOptions): Promise<ReadableObject>;
  /** The whole content; refuses more than `maxBytes` (default 64 MiB) before reading. */
  readAll(url: string, options?: CallOptions & { readonly maxBytes?: number }): Promise<Uint8Array>;
  /** Replaces the content at once and durably. */
  put(url: string, content: Uint8Array, options?: CallOptions): Promise<void>;
  /** Creates it; `false`, and nothing changed, if it is already there (also under a race). */
  putIfAbsent(url: string, content: Uint8Array, options?: CallOptions): Promise<boolean>;
  /**
   * Replaces the content only if its identity is still `identity`; else `false`, and nothing changed.
   * Exact among conditional calls. An unconditional write in the same instant may be lost on local
   * disk and on `oss:`, which have no such operation.
   */
  putIfUnchanged(
    url: string,
    content: Uint8Array,
    identity: string,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Streams a new object (multipart upload, or a temporary file beside it). Nothing shows before `finish()`. */
  createWriter(url: string, options?: CallOptions): Promise<ObjectWriter>;
  /** Copies the object to a local file, whole or not at all, replacing. */
  download(url: string, localPath: string, options?: CallOptions): Promise<void>;
  /** Copies a local file to the URL, replacing; the file stays. */
  upload(url: string, localPath: string, options?: CallOptions): Promise<ObjectStat>;
  /** Moves a finished local file to the URL (rename on the same disk, else copy or upload), replacing. */
  putFile(url: string, localPath: string, options?: CallOptions): Promise<void>;
  /** Moves an object within this storage, replacing (rename on the same disk). */
  move(from: string, to: string, options?: CallOptions): Promise<void>;
  /**
   * Moves an object only if the target is absent (`null`), or its identity is still `ifIdentity`;
   * else `false`, and nothing changed. As exact as `putIfUnchanged`. A crash may leave both.
   */
  moveIf(
    from: string,
    to: string,
    ifIdentity: string | null,
    options?: CallOptions,
  ): Promise<boolean>;
  /** A path that native libraries can open: the file itself, or a copy of the object under `scratchDir`. */
  localPath(url: string, scratchDir: string, options?: CallOptions): Promise<string>;
  /**
   * Objects below the prefix (a directory), in the order of their names' bytes (UTF-8, as S3 lists);
   * nothing if there is none.
   */
  list(prefixUrl: string, options?: CallOptions): AsyncIterable<ObjectStat>;
  /** Removes one object; no error if it is absent. */
  remove(url: string, options?: CallOptions): Promise<void>;
  /**
   * Removes an object only if its identity is still `identity`; else `false`, and nothing changed.
   * As exact as `putIfUnchanged`.
   */
  removeIf(url: string, identity: string, options?: CallOptions): Promise<boolean>;
  /** Removes all below the prefix (a directory), unfinished uploads of dead processes too. */
  removeTree(prefixUrl: string, options?: CallOptions): Promise<void>;
  /**
   * Drops unfinished uploads below the prefix (a directory), whosever they are; objects stay.
   * Nothing to do on local disk.
   */
  dropUploads(prefixUrl: string, options?: CallOptions): Promise<void>;
  close(): Promise<void>;
}
