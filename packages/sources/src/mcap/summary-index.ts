import type { ReadableObject } from "@roboflow/storage";
import { McapIndexedReader, type IReadable } from "@mcap/core";
import type { Block, MessageIndexPlace } from "./block.js";
import { Catalog } from "./catalog.js";
import type { ChunkPlace } from "./chunk.js";
import { MAX_CHUNK_BYTES } from "./decompress.js";
import type { McapIndex } from "./mcap-index.js";
import { OPCODE, eachRecord, viewOf } from "./record.js";
import { countMessage, type Tallies } from "./tally.js";

/** Either the file's own index, or why it can't be relied on. */
export type SummaryIndex =
  | { readonly kind: "index"; readonly index: McapIndex }
  | { readonly kind: "absent"; readonly why: string }
  | { readonly kind: "damaged"; readonly why: string; readonly cause?: unknown };

type ChunkIndex = McapIndexedReader["chunkIndexes"][number];
type Summary = McapIndexedReader;

const ENTRY_BYTES = 16;

/**
 * The index that the recorder wrote: summary section and message indexes, one read for each chunk.
 * It is taken only if it accounts for every message that its statistics count.
 */
export async function readSummaryIndex(
  file: ReadableObject,
  signal?: AbortSignal,
): Promise<SummaryIndex> {
  let summary: Summary;
  const read = readable(file);
  try {
    summary = await McapIndexedReader.Initialize({ readable: read });
  } catch (error) {
    // A storage that is away says nothing about the recording.
    read.rethrow();
    return { kind: "damaged", why: "its summary can't be read", cause: error };
  }
  const { statistics } = summary;
  if (statistics === undefined) return { kind: "absent", why: "its summary has no statistics" };
  const chunks = summary.chunkIndexes.toSorted((a, b) =>
    a.chunkStartOffset < b.chunkStartOffset ? -1 : 1,
  );
  if (chunks.length === 0 && statistics.messageCount > 0n) {
    return { kind: "absent", why: "its messages lie outside chunks, or are not indexed" };
  }
  const blocks: Block[] = [];
  let counted = 0;
  file.willRead?.(chunks.map(messageIndexOf));
  for (const [number, chunk] of chunks.entries()) {
    signal?.throwIfAborted();
    const block = await readChunkIndex(file, number, chunk);
    if (typeof block === "string") return { kind: "damaged", why: block };
    for (const [id, { count }] of block.tallies) {
      if (!summary.channelsById.has(id)) {
        return { kind: "damaged", why: "its summary leaves out a channel" };
      }
      counted += count;
    }
    blocks.push(block);
  }
  if (BigInt(counted) !== statistics.messageCount) {
    return { kind: "absent", why: "not all of its messages are indexed" };
  }
  return {
    kind: "index",
    index: {
      catalog: catalogOf(summary),
      blocks,
      metadata: summary.metadataIndexes.map(({ name }) => name),
      attachments: summary.attachmentIndexes.map(({ name }) => name),
      warnings: [],
    },
  };
}

/**
 * Calls `visit` for each entry of the message indexes in `bytes`; undefined, or what is wrong.
 * (MCAP specification, "Message Index".)
 */
export function eachIndexEntry(
  bytes: Uint8Array,
  visit: (channelId: number, logTime: bigint) => void,
): string | undefined {
  const view = viewOf(bytes);
  let malformed = false;
  const end = eachRecord(view, (opcode, at, length) => {
    if (opcode !== OPCODE.MESSAGE_INDEX || !isMessageIndex(view, at, length)) {
      malformed = true;
      return;
    }
    const channelId = view.getUint16(at, true);
    for (let entry = at + 6; entry < at + length; entry += ENTRY_BYTES) {
      visit(channelId, view.getBigUint64(entry, true));
    }
  });
  return malformed || end !== view.byteLength ? "is malformed" : undefined;
}

/** Whether a record's content can be a message index: its array fills it. */
export function isMessageIndex(view: DataView, at: number, length: number): boolean {
  return length >= 6 && view.getUint32(at + 2, true) === length - 6 && (length - 6) % 16 === 0;
}

async function readChunkIndex(
  file: ReadableObject,
  number: number,
  chunk: ChunkIndex,
): Promise<Block | string> {
  const place: ChunkPlace = {
    number,
    offset: Number(chunk.chunkStartOffset),
    length: Number(chunk.chunkLength),
  };
  const tallies: Tallies = new Map();
  const common = {
    kind: "chunk",
    chunk: place,
    offset: place.offset,
    length: place.length,
  } as const;
  if (chunk.messageIndexLength === 0n) return { ...common, tallies };
  const messageIndex = messageIndexOf(chunk);
  const where = `the message index of chunk ${number} at byte ${messageIndex.offset}`;
  if (messageIndex.length > MAX_CHUNK_BYTES) return `${where} is too long`;
  const bytes = await file.read(messageIndex.offset, messageIndex.length);
  let outside = false;
  const problem = eachIndexEntry(bytes, (channelId, logTime) => {
    outside ||= logTime < chunk.messageStartTime || logTime > chunk.messageEndTime;
    countMessage(tallies, channelId, logTime);
  });
  if (problem !== undefined || bytes.length < messageIndex.length) return `${where} is malformed`;
  if (outside) return `${where} holds times outside the chunk's`;
  return { ...common, messageIndex, tallies };
}

/** The message indexes of a chunk follow it. */
function messageIndexOf(chunk: ChunkIndex): MessageIndexPlace {
  return {
    offset: Number(chunk.chunkStartOffset) + Number(chunk.chunkLength),
    length: Number(chunk.messageIndexLength),
  };
}

function catalogOf(summary: Summary): Catalog {
  const catalog = new Catalog();
  for (const schema of summary.schemasById.values()) {
    catalog.addSchema({ ...schema, type: "Schema" });
  }
  for (const channel of summary.channelsById.values()) {
    catalog.addChannel({ ...channel, type: "Channel" });
  }
  return catalog;
}

/** Refuses what lies outside the file before memory is taken for it. */
function readable(file: ReadableObject): IReadable & { rethrow(): void } {
  let failure: { readonly error: unknown } | undefined;
  return {
    rethrow() {
      if (failure !== undefined) throw failure.error;
    },
    size: async () => BigInt(file.size),
    async read(offset, length) {
      if (offset + length > BigInt(file.size) || length > BigInt(MAX_CHUNK_BYTES)) {
        throw new RangeError(`can't read ${length} bytes at ${offset}`);
      }
      try {
        return await file.read(Number(offset), Number(length));
      } catch (error) {
        failure ??= { error };
        throw error;
      }
    },
  };
}
