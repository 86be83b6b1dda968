import type { FieldSink } from "./field-sink.js";
import { FieldSize } from "./field-size.js";
import { FieldWriter } from "./field-writer.js";

/** Hands a message's fields to a sink, in the same order each time. */
export type Fields<T> = (sink: FieldSink, value: T) => void;

const NONE = new Uint8Array();
// Encoding never yields, so one of each is enough for all.
const counter = new FieldSize();
const nested = new FieldSize();
const writer = new FieldWriter(NONE);

/** One message in one allocation of its size. */
export function encodeFields<T>(fields: Fields<T>, value: T): Uint8Array {
  counter.size = 0;
  fields(counter, value);
  const target = Buffer.allocUnsafe(counter.size);
  writer.target = target;
  writer.at = 0;
  fields(writer, value);
  writer.target = NONE;
  return target;
}

/** Bytes of a message within a message; not for one that has messages in it itself. */
export function sizeOf<T>(fields: Fields<T>, value: T): number {
  nested.size = 0;
  fields(nested, value);
  return nested.size;
}
