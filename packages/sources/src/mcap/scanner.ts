import { crc32 } from "node:zlib";
import { MCAP_MAGIC } from "@mcap/core";
import type { ReadableObject } from "@roboflow/storage";
import { SourceError } from "../error.js";
import { corrupt } from "../failure.js";
import type { Block } from "./block.js";
import { Catalog } from "./catalog.js";
import { type ChunkPlace, describeChunk, loadChunk } from "./chunk.js";
import { MAX_CHUNK_BYTES } from "./decompress.js";
import { FileWindow } from "./file-window.js";
import {
  OPCODE,
  eachRecord,
  MESSAGE_FIELDS_BYTES,
  parseRecord,
  PREFIX_BYTES,
  prefixAt,
  viewOf,
  type RecordPrefix,
} from "./record.js";
import { RunBuilder } from "./run-builder.js";
import { isMessageIndex } from "./summary-index.js";
import { countMessage, type Tallies } from "./tally.js";

/** Why a pass over a file ended, and at which byte. */
export type ScanEnd =
  | { readonly kind: "complete"; readonly at: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "damaged"; readonly at: number; readonly error: SourceError };

const MAX_NAME_BYTES = 4096;
const CRC_STEP_BYTES = 4 * 1024 * 1024;

/** One pass over a file that has no index to rely on: every record is looked at, every chunk checked. */
export class Scanner {
  readonly catalog = new Catalog();
  readonly blocks: Block[] = [];
  readonly metadata: string[] = [];
  readonly attachments: string[] = [];
  readonly #file: ReadableObject;
  readonly #window: FileWindow;
  readonly #runs = new RunBuilder(this.blocks);
  #chunks = 0;
  #firstPrivate: number | undefined;

  constructor(file: ReadableObject) {
    this.#file = file;
    this.#window = new FileWindow(file);
  }

  /** What precedes the end that it returns is in the fields. */
  async scan(signal?: AbortSignal): Promise<ScanEnd> {
    let at = MCAP_MAGIC.length;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const bytes = await this.#window.read(at, PREFIX_BYTES);
        if (bytes.length < PREFIX_BYTES) return { kind: "cut", at };
        const prefix = prefixAt(viewOf(bytes), 0);
        const next = at + PREFIX_BYTES + prefix.length;
        if (prefix.opcode === 0 || next > this.#file.size) return { kind: "cut", at };
        if (isEnd(prefix)) {
          await this.#checkDataEnd(at, prefix);
          return { kind: "complete", at };
        }
        await this.#record(at, prefix, next);
        at = next;
      }
    } catch (error) {
      if (error instanceof SourceError) return this.#damaged(at, error);
      throw error;
    } finally {
      this.#runs.finish();
    }
  }

  async #record(at: number, { opcode, length }: RecordPrefix, next: number): Promise<void> {
    const isFirst = at === MCAP_MAGIC.length;
    if (isFirst !== (opcode === OPCODE.HEADER)) throw this.#damage(at, "is no header");
    switch (opcode) {
      case OPCODE.MESSAGE:
        return this.#message(at, length, next);
      case OPCODE.SCHEMA:
      case OPCODE.CHANNEL:
        return this.#declare(await this.#whole(at, next), `the record at byte ${at}`);
      case OPCODE.CHUNK:
        this.#runs.finish();
        return this.#chunk({ number: this.#chunks, offset: at, length: next - at });
      case OPCODE.MESSAGE_INDEX:
        return this.#messageIndex(at, length);
      case OPCODE.METADATA:
        this.#runs.finish();
        this.metadata.push(await this.#name(at, length, 0));
        return;
      case OPCODE.ATTACHMENT:
        this.#runs.finish();
        this.attachments.push(await this.#name(at, length, 16));
        return;
      case OPCODE.HEADER:
        return;
      default:
        // Private records are whoever's; anything else has no place here.
        if (opcode < OPCODE.FIRST_PRIVATE) throw this.#damage(at, "is of an unknown kind");
        this.#runs.finish();
        this.#firstPrivate ??= at;
    }
  }

  async #message(at: number, length: number, next: number): Promise<void> {
    if (length < MESSAGE_FIELDS_BYTES) throw this.#damage(at, "is too short for a message");
    if (length > MAX_CHUNK_BYTES) throw this.#damage(at, `claims ${length} bytes, too many`);
    const view = viewOf(await this.#window.read(at + PREFIX_BYTES, MESSAGE_FIELDS_BYTES));
    const channelId = view.getUint16(0, true);
    if (!this.catalog.channels.has(channelId)) {
      throw this.#damage(at, `is a message of channel ${channelId}, which is not declared`);
    }
    this.#runs.add(at, next, channelId, view.getBigUint64(6, true));
  }

  async #chunk(chunk: ChunkPlace): Promise<void> {
    const records = await loadChunk(this.#file, chunk);
    const view = viewOf(records);
    const tallies: Tallies = new Map();
    const where = describeChunk(chunk);
    const end = eachRecord(view, (opcode, at, length) => {
      if (opcode === OPCODE.SCHEMA || opcode === OPCODE.CHANNEL) {
        this.#declare(records.subarray(at - PREFIX_BYTES, at + length), where);
      } else if (opcode === OPCODE.MESSAGE && length >= MESSAGE_FIELDS_BYTES) {
        const channelId = view.getUint16(at, true);
        if (!this.catalog.channels.has(channelId)) {
          const problem = `holds a message of channel ${channelId}, which is not declared`;
          throw corrupt(this.#file.url, where, problem);
        }
        countMessage(tallies, channelId, view.getBigUint64(at + 6, true));
      } else if (opcode < OPCODE.FIRST_PRIVATE) {
        throw corrupt(this.#file.url, where, "holds a record that has no place in it");
      }
    });
    if (end !== records.length) {
      throw corrupt(this.#file.url, where, "holds a record that goes beyond its end");
    }
    this.#chunks += 1;
    const { offset, length } = chunk;
    this.blocks.push({ kind: "chunk", chunk, offset, length, tallies });
  }

  #declare(bytes: Uint8Array, where: string): void {
    let record: ReturnType<typeof parseRecord>;
    try {
      record = parseRecord(bytes);
    } catch (error) {
      throw corrupt(this.#file.url, where, "is malformed", error);
    }
    const problem =
      record?.type === "Schema"
        ? this.catalog.addSchema(record)
        : record?.type === "Channel"
          ? this.catalog.addChannel(record)
          : "is malformed";
    if (problem !== undefined) throw corrupt(this.#file.url, where, problem);
  }

  async #messageIndex(at: number, length: number): Promise<void> {
    const bytes = await this.#window.read(at + PREFIX_BYTES, Math.min(length, 6));
    if (!isMessageIndex(viewOf(bytes), 0, length)) throw this.#damage(at, "is malformed");
  }

  /** A name that lies `skip` bytes into the content of the record at `at`. */
  async #name(at: number, contentLength: number, skip: number): Promise<string> {
    const from = at + PREFIX_BYTES + skip;
    if (contentLength < skip + 4) throw this.#damage(at, "is malformed");
    const length = viewOf(await this.#window.read(from, 4)).getUint32(0, true);
    if (length > Math.min(contentLength - skip - 4, MAX_NAME_BYTES)) {
      throw this.#damage(at, "is malformed");
    }
    return new TextDecoder().decode(await this.#window.read(from + 4, length));
  }

  async #whole(at: number, next: number): Promise<Uint8Array> {
    if (next - at > MAX_CHUNK_BYTES) throw this.#damage(at, `claims ${next - at} bytes, too many`);
    return this.#window.read(at, next - at);
  }

  /** Also finds what chunks' own checksums can't: damage between them. */
  async #checkDataEnd(end: number, { opcode }: RecordPrefix): Promise<void> {
    if (opcode !== OPCODE.DATA_END) return;
    const expected = viewOf(await this.#window.read(end + PREFIX_BYTES, 4)).getUint32(0, true);
    // 0 means that the recorder computed none.
    if (expected === 0) return;
    let actual = 0;
    for (let at = 0; at < end; at += CRC_STEP_BYTES) {
      actual = crc32(await this.#file.read(at, Math.min(CRC_STEP_BYTES, end - at)), actual);
    }
    if (actual !== expected) {
      throw corrupt(this.#file.url, "the data section", "is damaged: its checksum differs");
    }
  }

  /** In a damaged file, what looks like a private record may be a chunk whose opcode is damaged. */
  #damaged(found: number, error: SourceError): ScanEnd {
    this.#runs.finish();
    const at = this.#firstPrivate ?? found;
    const intact = this.blocks.findLastIndex(({ offset }) => offset < at) + 1;
    this.blocks.splice(intact);
    return { kind: "damaged", at, error };
  }

  #damage(at: number, problem: string): SourceError {
    return corrupt(this.#file.url, `the record at byte ${at}`, problem);
  }
}

/** By length too: an opcode alone may be a damaged one. */
function isEnd({ opcode, length }: RecordPrefix): boolean {
  return (
    (opcode === OPCODE.DATA_END && length === 4) || (opcode === OPCODE.FOOTER && length === 20)
  );
}
