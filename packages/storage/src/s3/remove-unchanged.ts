import type { Connection } from "./connection.js";
import { failureOf } from "./failure.js";
import { headObject } from "./head-object.js";
import type { S3Target } from "./s3-url.js";

/** Removes an object only while it has this identity; else `false`. */
export async function removeUnchanged(
  connection: Connection,
  target: S3Target,
  identity: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { hasIfMatch } = connection.options.dialect;
  return connection.request("DeleteObject", "remove", target, signal, async (attempt) => {
    const { sdk, client, send, number } = attempt;
    // Not every store knows conditions here, so the answer does not rest on the condition alone.
    const current = await headObject(target, attempt);
    // Gone after an attempt without answer: that one removed it.
    if (current === undefined) return number > 1;
    if (current.identity !== identity) return false;
    const condition = hasIfMatch ? { IfMatch: `"${identity}"` } : {};
    const object = { Bucket: target.bucket, Key: target.key, ...condition };
    try {
      await client.send(new sdk.DeleteObjectCommand(object), send);
      return true;
    } catch (error) {
      const { status, code } = failureOf(error);
      if (status === 412 || code === "NoSuchKey") return false;
      throw error;
    }
  });
}
