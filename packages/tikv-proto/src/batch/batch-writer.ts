const PREFIX = 5;

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

interface Entry {
  readonly field: number;
  readonly context: Uint8Array;
  readonly body: Uint8Array;
  /** Of the command's message: context field and body. */
  readonly size: number;
}

/** Gathers commands into one `BatchCommandsRequest`, framed as a gRPC message. */
export class BatchWriter {
  readonly #entries: Entry[] = [];
  readonly #ids: number[] = [];
  #size = 0;
  #idsSize = 0;

  add(id: number, field: number, context: Uint8Array, body: Uint8Array): void {
    const size = 1 + varintSize(context.length) + context.length + body.length;
    this.#entries.push({ field, context, body, size });
    this.#ids.push(id);
    const oneof = varintSize((field << 3) | 2) + varintSize(size) + size;
    this.#size += 1 + varintSize(oneof) + oneof;
    this.#idsSize += varintSize(id);
  }

  /** The whole gRPC message, its 5 bytes of prefix included. */
  finish(): Uint8Array {
    const length = this.#size + 1 + varintSize(this.#idsSize) + this.#idsSize;
    const out = new Uint8Array(PREFIX + length);
    new DataView(out.buffer).setUint32(1, length);
    let at = PREFIX;
    const varint = (value: number): void => {
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out[at++] = (rest % 0x80) | 0x80;
      out[at++] = rest;
    };
    const bytes = (part: Uint8Array): void => {
      out.set(part, at);
      at += part.length;
    };
    for (const { field, context, body, size } of this.#entries) {
      varint((1 << 3) | 2);
      varint(varintSize((field << 3) | 2) + varintSize(size) + size);
      varint((field << 3) | 2);
      varint(size);
      varint((1 << 3) | 2);
      varint(context.length);
      bytes(context);
      bytes(body);
    }
    varint((2 << 3) | 2);
    varint(this.#idsSize);
    for (const id of this.#ids) varint(id);
    return out;
  }
}
