import type { ReadableObject } from "@roboflow/storage";
import { corrupt } from "../failure.js";
import { type ChunkPlace, describeChunk, loadChunk } from "./chunk.js";
import type { Tally } from "./tally.js";

/**
 * A part of the file that is read as one: a chunk, or a run of records outside chunks, cut after
 * about 1 MiB. Blocks are all that is remembered of a file, so memory depends on its bytes and not
 * on its number of messages.
 */
export type Block = (
  | {
      readonly kind: "chunk";
      readonly chunk: ChunkPlace;
      readonly messageIndex?: MessageIndexPlace;
    }
  | { readonly kind: "run" }
) & {
  readonly offset: number;
  readonly length: number;
  /** The messages in it, by channel id. */
  readonly tallies: ReadonlyMap<number, Tally>;
};

/** Where the message indexes of a chunk lie in the file. */
export interface MessageIndexPlace {
  readonly offset: number;
  readonly length: number;
}

export function describeBlock(block: Block): string {
  return block.kind === "chunk" ? describeChunk(block.chunk) : `the part at byte ${block.offset}`;
}

/** The block's records, checked as far as the file allows it. */
export async function loadBlock(file: ReadableObject, block: Block): Promise<Uint8Array> {
  if (block.kind === "chunk") return loadChunk(file, block.chunk);
  const bytes = await file.read(block.offset, block.length);
  if (bytes.length < block.length) throw corrupt(file.url, describeBlock(block), "is cut off");
  return bytes;
}
