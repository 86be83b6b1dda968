const HEADER_LENGTH = 5;

/** One gRPC message: no compression, length, bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_LENGTH + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEADER_LENGTH);
  return framed;
}

/** Room for a message up to this length is taken when its header comes; a longer one is gathered. */
const TRUSTED_LENGTH = 16 * 1024 * 1024;

/** A message over several chunks. */
type Partial =
  | { readonly kind: "room"; readonly bytes: Buffer; filled: number }
  | { readonly kind: "parts"; readonly parts: Buffer[]; missing: number };

/**
 * Cuts a stream of bytes into gRPC messages of up to 4 GiB. A message within one chunk is a view of
 * it; one over several is put together once.
 */
export class MessageReader {
  readonly #onMessage: (message: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  #partial: Partial | undefined;

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws Error when a message is compressed: none was asked to be */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#partial !== undefined) {
        offset = this.#fill(this.#partial, chunk, offset);
        continue;
      }
      const taken = Math.min(HEADER_LENGTH - this.#headerFilled, chunk.length - offset);
      chunk.copy(this.#header, this.#headerFilled, offset, offset + taken);
      this.#headerFilled += taken;
      offset += taken;
      if (this.#headerFilled < HEADER_LENGTH) return;
      offset = this.#begin(chunk, offset);
    }
  }

  #begin(chunk: Buffer, offset: number): number {
    if (this.#header[0] !== 0) throw new Error("A compressed message that was not asked for");
    const length = this.#header.readUInt32BE(1);
    this.#headerFilled = 0;
    const end = offset + length;
    if (end <= chunk.length) {
      this.#onMessage(chunk.subarray(offset, end));
      return end;
    }
    this.#partial =
      length <= TRUSTED_LENGTH
        ? { kind: "room", bytes: Buffer.allocUnsafeSlow(length), filled: 0 }
        : { kind: "parts", parts: [], missing: length };
    return offset;
  }

  /** The offset behind what belonged to the message. */
  #fill(partial: Partial, chunk: Buffer, offset: number): number {
    const missing =
      partial.kind === "room" ? partial.bytes.length - partial.filled : partial.missing;
    const end = Math.min(chunk.length, offset + missing);
    if (partial.kind === "room") {
      chunk.copy(partial.bytes, partial.filled, offset, end);
      partial.filled += end - offset;
    } else {
      partial.parts.push(chunk.subarray(offset, end));
      partial.missing -= end - offset;
    }
    if (end - offset === missing) {
      this.#partial = undefined;
      this.#onMessage(partial.kind === "room" ? partial.bytes : Buffer.concat(partial.parts));
    }
    return end;
  }
}
