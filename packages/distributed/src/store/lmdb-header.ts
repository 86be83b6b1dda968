import { open } from "node:fs/promises";
import { join } from "node:path";
import { damagedStore } from "./lmdb-error.js";

/** mdb.c: `MDB_MAGIC`, `MDB_DATA_VERSION`, and where the first meta page has them, in 32-bit words. */
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const MAGIC_WORD = 6;
const VERSION_WORD = 7;
const META_BYTES = 160;

/**
 * Checks that `data.mdb` is LMDB's, if it is there: lmdb-js 3.5 crashes the process over a file
 * that is not.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_UNAVAILABLE` (permanent)
 */
export async function checkDataFile(directory: string): Promise<void> {
  const meta = await firstBytes(join(directory, "data.mdb"));
  // Absent, or just created by another process.
  if (meta.length === 0) return;
  if (meta.length === META_BYTES) {
    // LMDB writes numbers as the machine does.
    const words = new Uint32Array(meta.buffer, meta.byteOffset, META_BYTES / 4);
    const version = (words[VERSION_WORD] ?? 0) & 0xffff;
    if (words[MAGIC_WORD] === MAGIC && version === DATA_VERSION) return;
  }
  throw damagedStore(directory);
}

async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(new Uint8Array(META_BYTES));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return new Uint8Array();
    }
    throw error;
  }
}
