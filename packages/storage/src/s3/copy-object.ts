import { ALWAYS, type Condition, type Written } from "./conditional-write.js";
import type { Connection } from "./connection.js";
import { inParallel } from "./in-parallel.js";
import { copySource, MultipartUpload } from "./multipart-upload.js";
import { putObject } from "./put-object.js";
import type { Head } from "./head-object.js";
import type { S3Target } from "./s3-url.js";

const GiB = 2 ** 30;
/** A copied part may be larger than one that is uploaded; S3 takes up to 5 GiB. */
const PARTS_IN_ONE = 32;
const IN_FLIGHT = 8;

/** Copies an object within the store, without its bytes coming here. */
export async function copyObject(
  connection: Connection,
  from: S3Target,
  head: Head,
  to: S3Target,
  signal?: AbortSignal,
): Promise<void> {
  // One request for a large one takes its time, without a sign of life on some stores.
  if (head.size > partBytes(connection)) {
    await copyInParts(connection, from, head, to, ALWAYS, signal);
    return;
  }
  await connection.request("CopyObject", "copy", to, signal, async ({ sdk, client, send }) => {
    const copy = new sdk.CopyObjectCommand({
      Bucket: to.bucket,
      Key: to.key,
      CopySource: copySource(from),
      CopySourceIfMatch: `"${head.identity}"`,
    });
    await client.send(copy, send);
  });
}

/** The same if the condition holds: only uploads in parts can be finished under one. */
export async function copyInParts(
  connection: Connection,
  from: S3Target,
  head: Head,
  to: S3Target,
  condition: Condition,
  signal?: AbortSignal,
): Promise<Written> {
  // A part has at least one byte.
  if (head.size === 0) return putObject(connection, to, new Uint8Array(), condition, signal);
  const upload = await MultipartUpload.begin(connection, to, signal);
  try {
    const size = partBytes(connection);
    const count = Math.ceil(head.size / size);
    await inParallel(count, IN_FLIGHT, async (i) => {
      const start = i * size;
      const end = Math.min(head.size, start + size);
      await upload.copy(i + 1, { from, identity: head.identity, start, end });
    });
    const written = await upload.complete(condition);
    if (written.kind === "refused") await upload.discard();
    return written;
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

function partBytes({ options }: Connection): number {
  return Math.min(GiB, options.partSize * PARTS_IN_ONE);
}
