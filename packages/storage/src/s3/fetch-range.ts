import type { Connection } from "./connection.js";
import type { S3Target } from "./s3-url.js";

/** What of an object, and of which content of it. */
export interface RangeOf {
  readonly target: S3Target;
  readonly identity: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * Bytes of an object that still has this identity. An answer that is cut off is taken up where it
 * ended, and only attempts without a single byte count.
 * @throws StorageError `ERR_ROBOFLOW_STORAGE_CHANGED` if it was replaced
 */
export async function fetchRange(
  connection: Connection,
  { target, identity, start, end }: RangeOf,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const whole = new Uint8Array(end - start);
  let filled = 0;
  while (filled < whole.length) {
    await connection.request("GetObject", "read", target, signal, async (attempt) => {
      const { sdk, client, send, number } = attempt;
      const before = filled;
      const { Body } = await client.send(
        new sdk.GetObjectCommand({
          Bucket: target.bucket,
          Key: target.key,
          Range: `bytes=${start + filled}-${end - 1}`,
          IfMatch: `"${identity}"`,
        }),
        send,
      );
      try {
        for await (const chunk of Body as AsyncIterable<Uint8Array>) {
          whole.set(chunk, filled);
          filled += chunk.length;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (filled === before) throw error;
        connection.tellRetry("GetObject", target, number, error);
      }
      if (filled === before) throw Object.assign(new Error("empty answer"), { code: "ECONNRESET" });
    });
  }
  return whole;
}
