import type { PairList } from "../command/pair-list.js";
import type { KeyError } from "../gen/kvrpcpb_pb.js";
import type { FieldReader } from "../wire/field-reader.js";
import { readKeyError } from "./errors.js";

/** Numbers kept for each pair: start and end of its key, then of its value. */
const PLACES = 4;
/** Tags of a pair's key and value: fields 2 and 3, length-delimited. */
const KEY_TAG = 0x12;
const VALUE_TAG = 0x1a;
/** Of a length beyond a byte, and beyond two. */
const TWO_BYTES = 0x80;
const THREE_BYTES = 0x4000;

/** Where the pairs of a reply lie; views are made when they are asked for. */
export class LazyPairs implements PairList {
  length = 0;
  // Of the reply; a typed array's getters cost as much as the view they are for.
  readonly #buffer: ArrayBufferLike;
  readonly #offset: number;
  readonly #places: number[] = [];
  #errors: Map<number, KeyError> | undefined;

  constructor(bytes: Uint8Array) {
    this.#buffer = bytes.buffer;
    this.#offset = bytes.byteOffset;
  }

  /** Takes the `KvPair` that `reader` has come to. */
  add(reader: FieldReader): void {
    const end = reader.enter();
    if (this.#addUsual(reader.bytes, reader.at, end)) reader.at = end;
    else this.#addAny(reader, end);
    this.length += 1;
  }

  key(index: number): Uint8Array {
    return this.#view(index, 0);
  }

  value(index: number): Uint8Array {
    return this.#view(index, 2);
  }

  error(index: number): KeyError | undefined {
    return this.#errors?.get(index);
  }

  /**
   * As nearly all pairs are: a key of less than 128 bytes, then nothing or a value of less than
   * 16 KiB. Halves the time of a scan; false when it is not such a pair.
   */
  #addUsual(bytes: Uint8Array, start: number, end: number): boolean {
    const keyLength = bytes[start + 1] ?? TWO_BYTES;
    if (bytes[start] !== KEY_TAG || keyLength >= TWO_BYTES) return false;
    const key = start + 2;
    const keyEnd = key + keyLength;
    if (keyEnd === end) {
      this.#places.push(key, keyEnd, keyEnd, keyEnd);
      return true;
    }
    if (bytes[keyEnd] !== VALUE_TAG) return false;
    let value = keyEnd + 2;
    let valueLength = bytes[keyEnd + 1] ?? THREE_BYTES;
    if (valueLength >= TWO_BYTES) {
      valueLength = (valueLength & 0x7f) | ((bytes[value] ?? TWO_BYTES) << 7);
      value += 1;
    }
    // A length that goes on in a third byte comes out too large.
    if (valueLength >= THREE_BYTES || value + valueLength !== end) return false;
    this.#places.push(key, keyEnd, value, end);
    return true;
  }

  #addAny(reader: FieldReader, end: number): void {
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (reader.within(end)) {
      if (reader.field === 2) {
        keyEnd = reader.enter();
        keyStart = reader.at;
        reader.at = keyEnd;
      } else if (reader.field === 3) {
        valueEnd = reader.enter();
        valueStart = reader.at;
        reader.at = valueEnd;
      } else if (reader.field === 1) {
        this.#errors ??= new Map();
        this.#errors.set(this.length, readKeyError(reader.view()));
      } else {
        reader.skip();
      }
    }
    this.#places.push(keyStart, keyEnd, valueStart, valueEnd);
  }

  #view(index: number, place: number): Uint8Array {
    const start = this.#places[index * PLACES + place];
    const end = this.#places[index * PLACES + place + 1];
    if (start === undefined || end === undefined) {
      throw new RangeError(`No pair ${index} of ${this.length}`);
    }
    return new Uint8Array(this.#buffer, this.#offset + start, end - start);
  }
}
