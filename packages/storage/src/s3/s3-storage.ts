import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "@roboflow/core";
import { StorageError } from "../error.js";
import { toStorageError } from "../fs-error.js";
import type { CallOptions, ObjectStat, ObjectWriter, ReadableObject, Storage } from "../storage.js";
import { ALWAYS, type Condition } from "./conditional-write.js";
import { Connection } from "./connection.js";
import { copyInParts, copyObject } from "./copy-object.js";
import { fetchRange } from "./fetch-range.js";
import { failureOf } from "./failure.js";
import { type Head, headObject } from "./head-object.js";
import { inParallel } from "./in-parallel.js";
import { listObjects, listUploads } from "./list-objects.js";
import { abortUpload } from "./multipart-upload.js";
import { putObject } from "./put-object.js";
import { removeUnchanged } from "./remove-unchanged.js";
import { S3Object } from "./s3-object.js";
import type { EngineOptions } from "./s3-options.js";
import { directoryTarget, objectTarget, type S3Target } from "./s3-url.js";
import { S3Writer } from "./s3-writer.js";
import { downloadFile, uploadFile } from "./transfer-file.js";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** Larger contents go up in parts. */
const ONE_REQUEST_BYTES = 64 * 1024 * 1024;
const REMOVALS_AT_ONCE = 16;

/** A store that speaks the API of S3. `identity` is the etag. The SDK loads with the first call. */
export class S3Storage implements Storage {
  readonly #connection: Connection;
  /** Buckets that have answered, so that a 404 in them is about the object. */
  readonly #seen = new Set<string>();

  constructor(options: EngineOptions) {
    this.#connection = new Connection(options);
  }

  async stat(url: string, { signal }: CallOptions = {}): Promise<ObjectStat> {
    const target = objectTarget(url);
    const { size, identity } = await this.#head(target, signal);
    return { url, size, identity };
  }

  async exists(url: string, { signal }: CallOptions = {}): Promise<boolean> {
    return (await this.#look(objectTarget(url), signal)) !== undefined;
  }

  async open(url: string, options: CallOptions = {}): Promise<ReadableObject> {
    const stat = await this.stat(url, options);
    return new S3Object(this.#connection, objectTarget(url), stat, options.signal);
  }

  async readAll(
    url: string,
    options: CallOptions & { readonly maxBytes?: number } = {},
  ): Promise<Uint8Array> {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    const { size, identity } = await this.stat(url, options);
    if (size > maxBytes) {
      throw new StorageError(
        "ERR_ROBOFLOW_STORAGE_TOO_LARGE",
        `${url}: ${size} bytes, more than the ${maxBytes} allowed`,
      );
    }
    const range = { target: objectTarget(url), identity, start: 0, end: size };
    return fetchRange(this.#connection, range, options.signal);
  }

  async put(url: string, content: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    if (content.length <= ONE_REQUEST_BYTES) {
      await putObject(this.#connection, objectTarget(url), content, ALWAYS, signal);
      return;
    }
    await using writer = new S3Writer(this.#connection, objectTarget(url), signal);
    await writer.write(content);
    await writer.finish();
  }

  async putIfAbsent(
    url: string,
    content: Uint8Array,
    { signal }: CallOptions = {},
  ): Promise<boolean> {
    const absent: Condition = { kind: "absent" };
    const { kind } = await putObject(this.#connection, objectTarget(url), content, absent, signal);
    return kind === "written";
  }

  async putIfUnchanged(
    url: string,
    content: Uint8Array,
    identity: string,
    { signal }: CallOptions = {},
  ): Promise<boolean> {
    const condition: Condition = { kind: "unchanged", identity };
    const target = objectTarget(url);
    const { kind } = await putObject(this.#connection, target, content, condition, signal);
    return kind === "written";
  }

  async createWriter(url: string, { signal }: CallOptions = {}): Promise<ObjectWriter> {
    signal?.throwIfAborted();
    return new S3Writer(this.#connection, objectTarget(url), signal);
  }

  async download(url: string, localPath: string, options: CallOptions = {}): Promise<void> {
    const stat = await this.stat(url, options);
    await downloadFile(this.#connection, objectTarget(url), stat, localPath, options.signal);
  }

  async upload(url: string, localPath: string, options: CallOptions = {}): Promise<ObjectStat> {
    options.signal?.throwIfAborted();
    return uploadFile(this.#connection, objectTarget(url), localPath, options.signal);
  }

  async putFile(url: string, localPath: string, options: CallOptions = {}): Promise<void> {
    await this.upload(url, localPath, options);
    await unlink(localPath).catch((error: unknown) => {
      throw toStorageError(error, "remove", localPath);
    });
  }

  async move(from: string, to: string, { signal }: CallOptions = {}): Promise<void> {
    const [source, target] = [objectTarget(from), objectTarget(to)];
    const head = await this.#head(source, signal);
    await copyObject(this.#connection, source, head, target, signal);
    await this.remove(from);
  }

  async moveIf(
    from: string,
    to: string,
    ifIdentity: string | null,
    { signal }: CallOptions = {},
  ): Promise<boolean> {
    const [source, target] = [objectTarget(from), objectTarget(to)];
    const head = await this.#head(source, signal);
    // Spares the copy in the common case; its completion decides under a race.
    const current = await this.#look(target, signal);
    if ((current?.identity ?? null) !== ifIdentity) return false;
    const condition: Condition =
      ifIdentity === null ? { kind: "absent" } : { kind: "unchanged", identity: ifIdentity };
    const connection = this.#connection;
    const { kind } = await copyInParts(connection, source, head, target, condition, signal);
    if (kind === "refused") return false;
    await this.remove(from);
    return true;
  }

  async localPath(url: string, scratchDir: string, options: CallOptions = {}): Promise<string> {
    const stat = await this.stat(url, options);
    const name = decodeURIComponent(url.slice(url.lastIndexOf("/") + 1));
    const digest = sha256Hex(`${url}\n${stat.identity}`).slice(0, 16);
    const path = join(scratchDir, digest, name);
    await downloadFile(this.#connection, objectTarget(url), stat, path, options.signal);
    return path;
  }

  list(prefixUrl: string, { signal }: CallOptions = {}): AsyncIterable<ObjectStat> {
    return listObjects(this.#connection, directoryTarget(prefixUrl), signal);
  }

  async remove(url: string, { signal }: CallOptions = {}): Promise<void> {
    const target = objectTarget(url);
    const object = { Bucket: target.bucket, Key: target.key };
    await this.#connection.request(
      "DeleteObject",
      "remove",
      target,
      signal,
      async ({ sdk, client, send }) => client.send(new sdk.DeleteObjectCommand(object), send),
    );
  }

  async removeIf(url: string, identity: string, { signal }: CallOptions = {}): Promise<boolean> {
    return removeUnchanged(this.#connection, objectTarget(url), identity, signal);
  }

  async removeTree(prefixUrl: string, options: CallOptions = {}): Promise<void> {
    const remove = async (urls: readonly string[]): Promise<void> =>
      inParallel(urls.length, REMOVALS_AT_ONCE, async (i) => this.remove(urls[i] ?? "", options));
    let urls: string[] = [];
    for await (const { url } of this.list(prefixUrl, options)) {
      urls.push(url);
      if (urls.length < 1000) continue;
      await remove(urls);
      urls = [];
    }
    await remove(urls);
    await this.dropUploads(prefixUrl, options);
  }

  async dropUploads(prefixUrl: string, { signal }: CallOptions = {}): Promise<void> {
    const directory = directoryTarget(prefixUrl);
    try {
      const uploads = await listUploads(this.#connection, directory, signal);
      await inParallel(uploads.length, REMOVALS_AT_ONCE, async (i) => {
        const upload = uploads[i];
        if (upload) await abortUpload(this.#connection, upload.target, upload.id, signal);
      });
    } catch (error) {
      // Some policies and stores don't let uploads be listed; a life-cycle rule can remove them.
      const refused = error instanceof StorageError && error.permanence === "permanent";
      if (!refused) throw error;
      const { logger } = this.#connection.options;
      logger.warn("unfinished uploads could not be looked for", { url: directory.url, error });
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws StorageError `ERR_ROBOFLOW_STORAGE_NOT_FOUND` */
  async #head(target: S3Target, signal?: AbortSignal): Promise<Head> {
    const head = await this.#look(target, signal);
    if (head !== undefined) return head;
    throw new StorageError("ERR_ROBOFLOW_STORAGE_NOT_FOUND", `${target.url}: no such object`);
  }

  /** Undefined if there is no such object. @throws StorageError also if there is no such bucket */
  async #look(target: S3Target, signal?: AbortSignal): Promise<Head | undefined> {
    const head = await this.#connection.request(
      "HeadObject",
      "read",
      target,
      signal,
      async (attempt) => {
        const found = await headObject(target, attempt);
        if (found === undefined && !this.#seen.has(target.bucket)) {
          await this.#checkBucket(target, attempt);
        }
        return found;
      },
    );
    this.#seen.add(target.bucket);
    return head;
  }

  /** Who may not look at the bucket itself learns nothing, and goes on. */
  async #checkBucket(
    { bucket }: S3Target,
    { sdk, client, send }: Parameters<Parameters<Connection["request"]>[4]>[0],
  ): Promise<void> {
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), send);
    } catch (error) {
      const { status } = failureOf(error);
      if (status === 404)
        throw Object.assign(new Error("no such bucket"), { Code: "NoSuchBucket" });
      if (status === undefined || status >= 500) throw error;
    }
  }
}
