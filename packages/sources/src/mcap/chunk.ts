import { crc32 } from "node:zlib";
import type { ReadableObject } from "@roboflow/storage";
import { SourceError } from "../error.js";
import { corrupt, nameOf } from "../failure.js";
import { decompress, isCompression, isPlausibleSize, MAX_CHUNK_BYTES } from "./decompress.js";
import { OPCODE, PREFIX_BYTES, prefixAt, uint64At, viewOf } from "./record.js";

/** Where a chunk's record lies in the file. */
export interface ChunkPlace {
  /** Counted from 0 in file order. */
  readonly number: number;
  readonly offset: number;
  /** Of the whole record with its prefix. */
  readonly length: number;
}

export function describeChunk({ number, offset }: ChunkPlace): string {
  return `chunk ${number} at byte ${offset}`;
}

/**
 * The records of a chunk: read, decompressed and checked against its CRC-32. Neither the record nor
 * what it claims to hold may take more than 256 MiB.
 * @throws SourceError `ERR_ROBOFLOW_SOURCE_CORRUPT`, `ERR_ROBOFLOW_SOURCE_UNSUPPORTED`
 */
export async function loadChunk(file: ReadableObject, place: ChunkPlace): Promise<Uint8Array> {
  const fail = (problem: string, cause?: unknown): SourceError =>
    corrupt(file.url, describeChunk(place), problem, cause);
  if (place.length > MAX_CHUNK_BYTES) throw fail(`claims ${place.length} bytes, too many`);
  const bytes = await file.read(place.offset, place.length);
  if (bytes.length < place.length) throw fail("is cut off");
  const view = viewOf(bytes);
  const prefix = prefixAt(view, 0);
  if (prefix.opcode !== OPCODE.CHUNK || prefix.length !== place.length - PREFIX_BYTES) {
    throw fail("is not where the index says");
  }
  const fields = parseFields(bytes, view);
  if (fields === undefined) throw fail("has a malformed header");
  const records = await uncompressed(file.url, place, fields, fail);
  // 0 means that the recorder computed none.
  if (fields.crc !== 0 && crc32(records) !== fields.crc) {
    throw fail("is damaged: its checksum differs");
  }
  return records;
}

interface ChunkFields {
  readonly size: number;
  readonly crc: number;
  readonly compression: string;
  readonly content: Uint8Array;
}

async function uncompressed(
  url: string,
  place: ChunkPlace,
  { compression, content, size }: ChunkFields,
  fail: (problem: string, cause?: unknown) => SourceError,
): Promise<Uint8Array> {
  if (compression === "") {
    if (content.length !== size) throw fail("is damaged: its length differs");
    return content;
  }
  if (!isCompression(compression)) {
    throw new SourceError(
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      `${nameOf(url)}: ${describeChunk(place)} has a compression that is not supported`,
      { hint: "Supported are zstd, lz4 and none." },
    );
  }
  if (!isPlausibleSize(compression, content.length, size)) {
    throw fail(`claims to hold ${size} bytes in ${content.length}`);
  }
  try {
    return await decompress(compression, content, size);
  } catch (error) {
    throw fail(`is damaged: its ${compression} does not decompress`, error);
  }
}

/** The fields of a Chunk record (MCAP specification, "Chunk"); undefined if they don't fit in it. */
function parseFields(bytes: Uint8Array, view: DataView): ChunkFields | undefined {
  const compressionAt = PREFIX_BYTES + 8 + 8 + 8 + 4 + 4;
  if (view.byteLength < compressionAt + 8) return undefined;
  const compressionLength = view.getUint32(compressionAt - 4, true);
  const contentAt = compressionAt + compressionLength + 8;
  if (contentAt > view.byteLength) return undefined;
  const contentLength = uint64At(view, contentAt - 8);
  if (contentAt + contentLength !== view.byteLength) return undefined;
  return {
    size: uint64At(view, PREFIX_BYTES + 16),
    crc: view.getUint32(PREFIX_BYTES + 24, true),
    compression: new TextDecoder().decode(bytes.subarray(compressionAt, contentAt - 8)),
    content: bytes.subarray(contentAt),
  };
}
