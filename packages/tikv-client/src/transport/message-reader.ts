const HEADER_LENGTH = 5;

/** One gRPC message: no compression, length, bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_LENGTH + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEADER_LENGTH);
  return framed;
}

/**
 * Cuts a stream of bytes into gRPC messages of up to 4 GiB. A message within one chunk is a view of
 * it; one over several is put together once. Memory is taken for what came, not for what a length says.
 */
export class MessageReader {
  readonly #onMessage: (message: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  #parts: Buffer[] = [];
  #missing = 0;

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** Whether a message has begun and not ended. */
  get partial(): boolean {
    return this.#headerFilled > 0;
  }

  /** @throws Error when a message is compressed: none was asked to be */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headerFilled < HEADER_LENGTH) {
        const taken = Math.min(HEADER_LENGTH - this.#headerFilled, chunk.length - offset);
        chunk.copy(this.#header, this.#headerFilled, offset, offset + taken);
        this.#headerFilled += taken;
        offset += taken;
        if (this.#headerFilled < HEADER_LENGTH) return;
        if (this.#header[0] !== 0) throw new Error("A compressed message that was not asked for");
        this.#missing = this.#header.readUInt32BE(1);
      }
      const end = Math.min(chunk.length, offset + this.#missing);
      const part = chunk.subarray(offset, end);
      this.#missing -= part.length;
      offset = end;
      if (this.#missing > 0) {
        this.#parts.push(part);
        return;
      }
      this.#end(part);
    }
  }

  #end(last: Buffer): void {
    this.#headerFilled = 0;
    if (this.#parts.length === 0) {
      this.#onMessage(last);
      return;
    }
    this.#parts.push(last);
    const message = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#onMessage(message);
  }
}
