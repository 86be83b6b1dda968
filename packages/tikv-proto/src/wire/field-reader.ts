import { join } from "./u64.js";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Reads a message field by field; every step checks that it stays inside. */
export class FieldReader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #end: number;
  /** Of the field that `next` has come to. */
  field = 0;
  #type = 0;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#end = bytes.length;
  }

  /** False at the message's end. */
  next(): boolean {
    if (this.at >= this.#end) return false;
    const tag = this.varint();
    this.#type = tag & 7;
    this.field = tag >>> 3;
    if (this.field === 0 || tag > 0xffff_ffff) throw malformed(`tag ${tag}`);
    return true;
  }

  /** The length of a length-delimited field, whose bytes begin at `at`. */
  length(): number {
    this.#expect(LENGTH_DELIMITED);
    const length = this.varint();
    if (length > this.#end - this.at) throw malformed("a length beyond the end");
    return length;
  }

  /** A view of a length-delimited field. */
  view(): Uint8Array {
    const length = this.length();
    const start = this.at;
    this.at += length;
    // Faster than `subarray`, which looks up a species constructor.
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }

  text(): string {
    const { buffer, byteOffset, byteLength } = this.view();
    return Buffer.from(buffer, byteOffset, byteLength).toString();
  }

  /** The end of a message within this one, whose fields `within` goes through. */
  enter(): number {
    return this.length() + this.at;
  }

  /** As `next`, in the message that ends at `end`. */
  within(end: number): boolean {
    if (this.at < end) return this.next();
    if (this.at > end) throw malformed("a field beyond its message");
    return false;
  }

  bool(): boolean {
    this.#word();
    return this.#low !== 0 || this.#high !== 0;
  }

  u32(): number {
    this.#word();
    return this.#low;
  }

  u64(): bigint {
    this.#word();
    return join(this.#low, this.#high);
  }

  /** A varint that is a tag, a length or an id of ours: below 2^53. */
  varint(): number {
    let byte = this.#byte();
    // Almost all are this short.
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let unit = 0x80; unit < 2 ** 50; unit *= 0x80) {
      byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw malformed("a length or id of more than 53 bits");
  }

  skip(): void {
    switch (this.#type) {
      case VARINT:
        for (let count = 0; this.#byte() >= 0x80; count += 1) {
          if (count >= 9) throw malformed("a varint of more than ten bytes");
        }
        return;
      case FIXED64:
        this.at += 8;
        break;
      case LENGTH_DELIMITED: {
        const length = this.length();
        this.at += length;
        break;
      }
      case FIXED32:
        this.at += 4;
        break;
      default:
        // Groups ended with proto2.
        throw malformed(`wire type ${this.#type}`);
    }
    if (this.at > this.#end) throw malformed("a field beyond the end");
  }

  get isBytes(): boolean {
    return this.#type === LENGTH_DELIMITED;
  }

  /** Reads 64 bits into two halves. */
  #word(): void {
    this.#expect(VARINT);
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw malformed("a varint of more than ten bytes");
  }

  #byte(): number {
    if (this.at >= this.#end) throw malformed("a varint beyond the end");
    return this.bytes[this.at++] ?? 0;
  }

  #expect(type: number): void {
    if (this.#type !== type) throw malformed(`wire type ${this.#type} of field ${this.field}`);
  }
}

function malformed(what: string): Error {
  return new Error(`Malformed protobuf: ${what}`);
}
