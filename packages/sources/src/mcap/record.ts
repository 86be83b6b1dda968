import { McapStreamReader } from "@mcap/core";
import type { RawMessage } from "../recording.js";

type McapRecord = NonNullable<ReturnType<McapStreamReader["nextRecord"]>>;
export type Schema = Extract<McapRecord, { type: "Schema" }>;
export type Channel = Extract<McapRecord, { type: "Channel" }>;

/** MCAP specification, "Opcodes"; those that this reader tells apart. */
export const OPCODE = {
  HEADER: 0x01,
  FOOTER: 0x02,
  SCHEMA: 0x03,
  CHANNEL: 0x04,
  MESSAGE: 0x05,
  CHUNK: 0x06,
  MESSAGE_INDEX: 0x07,
  ATTACHMENT: 0x09,
  METADATA: 0x0c,
  DATA_END: 0x0f,
  /** From here on they are whoever's. */
  FIRST_PRIVATE: 0x80,
} as const;

/** Bytes before a record's content: opcode and length (MCAP specification, "Records"). */
export const PREFIX_BYTES = 9;
/** Bytes of a message's content before its data: channel, sequence, log time, publish time. */
export const MESSAGE_FIELDS_BYTES = 22;

export interface RecordPrefix {
  readonly opcode: number;
  /** Of the content; inexact above 2^53, where it is absurd anyway. */
  readonly length: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function prefixAt(view: DataView, at: number): RecordPrefix {
  return { opcode: view.getUint8(at), length: uint64At(view, at + 1) };
}

/** As a number: lengths and offsets beyond 2^53 lose digits, but stay beyond every file's size. */
export function uint64At(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

/** One whole record; throws `Error` if its content is malformed. */
export function parseRecord(bytes: Uint8Array): McapRecord | undefined {
  const reader = new McapStreamReader({ noMagicPrefix: true, validateCrcs: false });
  reader.append(bytes);
  return reader.nextRecord();
}

/**
 * Walks records that lie one behind the other, calling `visit` with where each one's content is.
 * Returns where it stopped: the end of `bytes`, unless a record claims to go beyond it.
 */
export function eachRecord(
  view: DataView,
  visit: (opcode: number, contentAt: number, contentLength: number) => void,
): number {
  let at = 0;
  while (at + PREFIX_BYTES <= view.byteLength) {
    const { opcode, length } = prefixAt(view, at);
    const end = at + PREFIX_BYTES + length;
    if (end > view.byteLength) break;
    visit(opcode, at + PREFIX_BYTES, length);
    at = end;
  }
  return at;
}

/**
 * Walks the messages among such records. Returns what is wrong with the records, or undefined; the
 * walk ends there.
 */
export function eachMessage(
  view: DataView,
  visit: (channelId: number, logTime: bigint, contentAt: number, contentLength: number) => void,
): string | undefined {
  let short = false;
  const end = eachRecord(view, (opcode, at, length) => {
    if (opcode !== OPCODE.MESSAGE || short) return;
    short = length < MESSAGE_FIELDS_BYTES;
    if (!short) visit(view.getUint16(at, true), view.getBigUint64(at + 6, true), at, length);
  });
  if (short) return "holds a message that is too short";
  return end === view.byteLength ? undefined : "holds a record that goes beyond its end";
}

/** The message whose content lies at `at`; its data stays a view. */
export function rawMessageAt(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  topic: string,
): RawMessage {
  return {
    topic,
    channelId: view.getUint16(at, true),
    sequence: view.getUint32(at + 2, true),
    logTime: view.getBigUint64(at + 6, true),
    publishTime: view.getBigUint64(at + 14, true),
    data: bytes.subarray(at + MESSAGE_FIELDS_BYTES, at + length),
  };
}
