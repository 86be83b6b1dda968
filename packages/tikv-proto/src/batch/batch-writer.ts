import { FieldWriter } from "../wire/field-writer.js";
import { tagSize, varintSize } from "../wire/field-sink.js";

/** gRPC's length-prefixed message: a flag for compression, then the length in big endian. */
const PREFIX = 5;
const REQUESTS = 1;
const REQUEST_IDS = 2;
/** Of every command's request. */
const CONTEXT = 1;

interface Entry {
  readonly id: number;
  readonly field: number;
  readonly context: Uint8Array;
  readonly body: Uint8Array;
  /** Bytes of context and body as one message. */
  readonly size: number;
}

/**
 * Gathers commands into one `BatchCommandsRequest`, framed as a gRPC message in one buffer. All
 * sizes are known before it is made, so nothing is copied twice.
 */
export class BatchWriter {
  readonly #entries: Entry[] = [];
  #size = 0;
  #idsSize = 0;

  /**
   * @param id below 2^53; comes back with the reply
   * @param field the command's number in the oneof: its `batchField`
   */
  add(id: number, field: number, context: Uint8Array, body: Uint8Array): void {
    const size = 1 + varintSize(context.length) + context.length + body.length;
    const request = tagSize(field) + varintSize(size) + size;
    this.#entries.push({ id, field, context, body, size });
    this.#size += 1 + varintSize(request) + request;
    this.#idsSize += varintSize(id);
  }

  /** The whole gRPC message, prefix included. */
  finish(): Uint8Array {
    const length = this.#size + 1 + varintSize(this.#idsSize) + this.#idsSize;
    const target = Buffer.allocUnsafe(PREFIX + length);
    target[0] = 0;
    target.writeUInt32BE(length, 1);
    const writer = new FieldWriter(target);
    writer.at = PREFIX;
    for (const { field, size, context, body } of this.#entries) {
      writer.message(REQUESTS, tagSize(field) + varintSize(size) + size);
      writer.message(field, size);
      writer.element(CONTEXT, context);
      writer.copy(body);
    }
    writer.message(REQUEST_IDS, this.#idsSize);
    for (const { id } of this.#entries) writer.varint(id);
    return target;
  }
}
