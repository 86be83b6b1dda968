import type { ByteRange, ReadableObject } from "@roboflow/storage";

/** An open object that counts the bytes read of it. */
export class CountedObject implements ReadableObject {
  readonly #object: ReadableObject;
  #bytesRead = 0;

  constructor(object: ReadableObject) {
    this.#object = object;
  }

  get url(): string {
    return this.#object.url;
  }

  get size(): number {
    return this.#object.size;
  }

  get identity(): string {
    return this.#object.identity;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#object.read(offset, length);
    this.#bytesRead += bytes.length;
    return bytes;
  }

  willRead(ranges: Iterable<ByteRange>): void {
    this.#object.willRead?.(ranges);
  }

  async close(): Promise<void> {
    await this.#object.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
