import type { PairList } from "../command/pair-list.js";
import type { KeyError } from "../gen/kvrpcpb_pb.js";
import type { FieldReader } from "../wire/field-reader.js";
import { readKeyError } from "./errors.js";

/** Numbers kept for each pair: start and end of its key, then of its value. */
const PLACES = 4;

/** Where the pairs of a reply lie; views are made when they are asked for. */
export class LazyPairs implements PairList {
  length = 0;
  readonly #bytes: Uint8Array;
  readonly #places: number[] = [];
  #errors: Map<number, KeyError> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Takes the `KvPair` that `reader` has come to. */
  add(reader: FieldReader): void {
    const end = reader.length() + reader.at;
    let [keyStart, keyEnd, valueStart, valueEnd] = [0, 0, 0, 0];
    while (reader.at < end) {
      reader.next();
      if (reader.field === 2) {
        keyEnd = reader.length() + reader.at;
        keyStart = reader.at;
        reader.at = keyEnd;
      } else if (reader.field === 3) {
        valueEnd = reader.length() + reader.at;
        valueStart = reader.at;
        reader.at = valueEnd;
      } else if (reader.field === 1) {
        this.#errors ??= new Map();
        this.#errors.set(this.length, readKeyError(reader.view()));
      } else {
        reader.skip();
      }
    }
    if (reader.at !== end) throw new Error("Malformed protobuf: a pair beyond its end");
    this.#places.push(keyStart, keyEnd, valueStart, valueEnd);
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

  #view(index: number, place: number): Uint8Array {
    const start = this.#places[index * PLACES + place];
    const end = this.#places[index * PLACES + place + 1];
    if (start === undefined || end === undefined) {
      throw new RangeError(`No pair ${index} of ${this.length}`);
    }
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start);
  }
}
