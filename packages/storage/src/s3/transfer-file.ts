import { createReadStream } from "node:fs";
import { replaceFile } from "../durable-file.js";
import { toStorageError } from "../fs-error.js";
import type { ObjectStat } from "../storage.js";
import type { Connection } from "./connection.js";
import { fetchRange } from "./fetch-range.js";
import { inParallel } from "./in-parallel.js";
import type { S3Target } from "./s3-url.js";
import { S3Writer } from "./s3-writer.js";

const IN_FLIGHT = 4;
const READ_BYTES = 1024 * 1024;

/** Uploads a local file. */
export async function uploadFile(
  connection: Connection,
  target: S3Target,
  path: string,
  signal?: AbortSignal,
): Promise<ObjectStat> {
  await using writer = new S3Writer(connection, target, signal);
  for await (const chunk of readFile(path)) await writer.write(chunk);
  // Awaited here: the writer is disposed of before a returned promise settles.
  return await writer.finish();
}

async function* readFile(path: string): AsyncGenerator<Uint8Array, void, void> {
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    yield* chunks;
  } catch (error) {
    throw toStorageError(error, "read", path);
  }
}

/** Downloads an object in ranges at once; the file appears when it is complete. */
export async function downloadFile(
  connection: Connection,
  target: S3Target,
  { size, identity }: ObjectStat,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const { partSize } = connection.options;
  try {
    await replaceFile(path, async (file) => {
      await inParallel(Math.ceil(size / partSize), IN_FLIGHT, async (i) => {
        const start = i * partSize;
        const range = { target, identity, start, end: Math.min(size, start + partSize) };
        await file.write(await fetchRange(connection, range, signal), 0, undefined, start);
      });
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw toStorageError(error, "write", path);
  }
}
