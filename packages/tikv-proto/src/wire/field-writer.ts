import type { FieldSink } from "./field-sink.js";
import { halves, split } from "./u64.js";

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Copies shorter than this are faster byte by byte than through `set`. */
const SHORT = 16;

/** Writes fields into a buffer that holds just them. */
export class FieldWriter implements FieldSink {
  target: Uint8Array;
  at = 0;

  constructor(target: Uint8Array) {
    this.target = target;
  }

  bytes(field: number, value: Uint8Array | undefined): void {
    if (value !== undefined && value.length > 0) this.element(field, value);
  }

  element(field: number, value: Uint8Array): void {
    this.message(field, value.length);
    this.copy(value);
  }

  u64(field: number, value: bigint | undefined): void {
    if (value === undefined || value === 0n) return;
    split(value);
    let { low, high } = halves;
    this.#tag(field, VARINT);
    const { target } = this;
    let at = this.at;
    while (high > 0) {
      target[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low >= 0x80) {
      target[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    target[at++] = low;
    this.at = at;
  }

  u32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    this.#tag(field, VARINT);
    this.varint(value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value !== true) return;
    this.#tag(field, VARINT);
    this.target[this.at++] = 1;
  }

  message(field: number, size: number): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.varint(size);
  }

  text(field: number, value: string | undefined): void {
    if (value !== undefined && value !== "") this.element(field, Buffer.from(value));
  }

  /** Below 2^53. */
  varint(value: number): void {
    const { target } = this;
    let at = this.at;
    let rest = value;
    // Shifts are faster than divisions, but take 32 bits.
    while (rest > 0x7fff_ffff) {
      target[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      target[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    target[at++] = rest;
    this.at = at;
  }

  copy(value: Uint8Array): void {
    const { target } = this;
    const { length } = value;
    if (length < SHORT) {
      for (let index = 0; index < length; index += 1) target[this.at + index] = value[index] ?? 0;
    } else {
      target.set(value, this.at);
    }
    this.at += length;
  }

  #tag(field: number, type: number): void {
    this.varint((field << 3) | type);
  }
}
