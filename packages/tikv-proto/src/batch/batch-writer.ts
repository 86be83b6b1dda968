import { FieldWriter } from "../wire/field-writer.js";
import { tagSize, varintSize } from "../wire/field-sink.js";

/** gRPC's length-prefixed message: a flag for compression, then the length in big endian. */
const PREFIX = 5;
const REQUESTS = 1;
const REQUEST_IDS = 2;
/** Of every command's request. */
const CONTEXT = 1;

/** Gathers commands into one `BatchCommandsRequest`, framed as a gRPC message in one buffer. */
export class BatchWriter {
  readonly #ids: number[] = [];
  readonly #fields: number[] = [];
  readonly #contexts: Uint8Array[] = [];
  readonly #bodies: Uint8Array[] = [];
  readonly #sizes: number[] = [];
  #size = 0;
  #idsSize = 0;

  /** @param field the command's number in the oneof; `id` is below 2^53 */
  add(id: number, field: number, context: Uint8Array, body: Uint8Array): void {
    const size = 1 + varintSize(context.length) + context.length + body.length;
    this.#ids.push(id);
    this.#fields.push(field);
    this.#contexts.push(context);
    this.#bodies.push(body);
    this.#sizes.push(size);
    const request = tagSize(field) + varintSize(size) + size;
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
    for (const [index, size] of this.#sizes.entries()) {
      const field = this.#fields[index] ?? 0;
      const context = this.#contexts[index];
      const body = this.#bodies[index];
      if (context === undefined || body === undefined) throw new TypeError("unreachable");
      writer.message(REQUESTS, tagSize(field) + varintSize(size) + size);
      writer.message(field, size);
      writer.element(CONTEXT, context);
      writer.copy(body);
    }
    writer.message(REQUEST_IDS, this.#idsSize);
    for (const id of this.#ids) writer.varint(id);
    return target;
  }
}
