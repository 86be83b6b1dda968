import { eachRecord, OPCODE, viewOf } from "../src/mcap/record.js";

/** Where the `nth` record of a kind lies in an MCAP file. */
export function recordAt(
  bytes: Uint8Array,
  wanted: number,
  nth = 0,
): { at: number; length: number } {
  const found: { at: number; length: number }[] = [];
  eachRecord(viewOf(bytes.subarray(8)), (opcode, contentAt, contentLength) => {
    if (opcode === wanted) found.push({ at: 8 + contentAt - 9, length: contentLength });
  });
  const record = found[nth];
  if (record === undefined) throw new Error(`no record ${nth} of kind ${wanted}`);
  return record;
}

/** A copy with a little-endian unsigned 64-bit number written at `at`. */
export function withUint64(bytes: Uint8Array, at: number, value: bigint): Uint8Array {
  const copy = Uint8Array.from(bytes);
  viewOf(copy).setBigUint64(at, value, true);
  return copy;
}

/** A copy whose second chunk claims to hold `size` bytes once it is decompressed. */
export function patchedChunkSize(bytes: Uint8Array, size: bigint): Uint8Array {
  return withUint64(bytes, recordAt(bytes, OPCODE.CHUNK, 1).at + 9 + 16, size);
}
