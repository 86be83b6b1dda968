import type { ReadableObject } from "@roboflow/storage";

const WINDOW_BYTES = 64 * 1024;

/** Small reads that go forward through a file, each served from one larger read where it can be. */
export class FileWindow {
  readonly #file: ReadableObject;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(file: ReadableObject) {
    this.#file = file;
  }

  /** Fewer than `length` only at the end of the file. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const inWindow = offset >= this.#start && offset + length <= this.#start + this.#bytes.length;
    if (!inWindow) {
      this.#bytes = await this.#file.read(offset, Math.max(length, WINDOW_BYTES));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
