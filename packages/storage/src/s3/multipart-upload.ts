import type { CompletedPart } from "@aws-sdk/client-s3";
import {
  afterFailure,
  type Condition,
  conditionOf,
  newWriteMark,
  type Written,
} from "./conditional-write.js";
import type { Attempt, Connection } from "./connection.js";
import { failureOf } from "./failure.js";
import { bareEtag } from "./head-object.js";
import type { S3Target } from "./s3-url.js";

/** A range of another object, as a part. */
export interface CopiedPart {
  readonly from: S3Target;
  readonly identity: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** An upload in parts: nothing shows before `complete`. Parts may come in any order, at once. */
export class MultipartUpload {
  readonly #connection: Connection;
  readonly #target: S3Target;
  readonly #signal: AbortSignal | undefined;
  readonly #id: string;
  readonly #mark: Readonly<Record<string, string>>;
  readonly #parts = new Map<number, CompletedPart>();

  private constructor(
    connection: Connection,
    target: S3Target,
    signal: AbortSignal | undefined,
    id: string,
    mark: Readonly<Record<string, string>>,
  ) {
    this.#connection = connection;
    this.#target = target;
    this.#signal = signal;
    this.#id = id;
    this.#mark = mark;
  }

  static async begin(
    connection: Connection,
    target: S3Target,
    signal?: AbortSignal,
  ): Promise<MultipartUpload> {
    const mark = newWriteMark();
    const { bucket: Bucket, key: Key } = target;
    const id = await connection.request(
      "CreateMultipartUpload",
      "begin an upload",
      target,
      signal,
      async ({ sdk, client, send }) => {
        const create = new sdk.CreateMultipartUploadCommand({ Bucket, Key, Metadata: mark });
        return (await client.send(create, send)).UploadId ?? "";
      },
    );
    return new MultipartUpload(connection, target, signal, id, mark);
  }

  /** @param number from 1 */
  async put(number: number, content: Uint8Array): Promise<void> {
    const { bucket: Bucket, key: Key } = this.#target;
    await this.#request("UploadPart", "upload a part", async ({ sdk, client, send }) => {
      const part = { Bucket, Key, UploadId: this.#id, PartNumber: number, Body: content };
      const { ETag } = await client.send(new sdk.UploadPartCommand(part), send);
      this.#keep(number, ETag);
    });
  }

  /** @throws StorageError `ERR_ROBOFLOW_STORAGE_CHANGED` if what is copied was replaced */
  async copy(number: number, { from, identity, start, end }: CopiedPart): Promise<void> {
    const { bucket: Bucket, key: Key } = this.#target;
    await this.#request("UploadPartCopy", "copy a part", async ({ sdk, client, send }) => {
      const part = new sdk.UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId: this.#id,
        PartNumber: number,
        CopySource: copySource(from),
        CopySourceIfMatch: `"${identity}"`,
        CopySourceRange: `bytes=${start}-${end - 1}`,
      });
      const { CopyPartResult } = await client.send(part, send);
      this.#keep(number, CopyPartResult?.ETag);
    });
  }

  /** Makes the parts the object, in the order of their numbers, if the condition holds. */
  async complete(condition: Condition): Promise<Written> {
    const target = this.#target;
    const parts = [...this.#parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    return this.#request("CompleteMultipartUpload", "finish an upload", async (attempt) => {
      const decided = await conditionOf(this.#connection, target, condition, attempt);
      if (decided === "refused") return { kind: "refused" };
      try {
        const { ETag } = await attempt.client.send(
          new attempt.sdk.CompleteMultipartUploadCommand({
            Bucket: target.bucket,
            Key: target.key,
            UploadId: this.#id,
            MultipartUpload: { Parts: parts },
            ...decided,
          }),
          attempt.send,
        );
        return { kind: "written", identity: bareEtag(ETag) };
      } catch (error) {
        return afterFailure(error, target, condition, this.#mark, attempt);
      }
    });
  }

  /** Drops the parts, also when the signal has fired; never throws: what led here counts. */
  async discard(): Promise<void> {
    try {
      await abortUpload(this.#connection, this.#target, this.#id);
    } catch (error) {
      // Removing the directory it is in, or a life-cycle rule, drops what is left.
      const { logger } = this.#connection.options;
      logger.warn("an unfinished upload was left behind", { url: this.#target.url, error });
    }
  }

  #keep(number: number, etag: string | undefined): void {
    this.#parts.set(number, { PartNumber: number, ETag: etag });
  }

  #request<T>(
    operation: string,
    action: string,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    return this.#connection.request(operation, action, this.#target, this.#signal, work);
  }
}

/** Drops an upload; no error if it is gone. */
export async function abortUpload(
  connection: Connection,
  target: S3Target,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  const upload = { Bucket: target.bucket, Key: target.key, UploadId: id };
  await connection.request(
    "AbortMultipartUpload",
    "abort an upload",
    target,
    signal,
    async ({ sdk, client, send }) => {
      try {
        await client.send(new sdk.AbortMultipartUploadCommand(upload), send);
      } catch (error) {
        if (failureOf(error).status !== 404) throw error;
      }
    },
  );
}

/** Bucket and encoded key, as `CopySource` takes them. */
export function copySource(from: S3Target): string {
  return `${from.bucket}/${from.key.split("/").map(encodeURIComponent).join("/")}`;
}
