import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RowGroupFile } from "../parquet/row-group-file.js";
import { loadFooterCodec, type FooterCodec } from "../parquet/row-group.js";
import { FIRST_SLOT, nextSlot, type FileSlot } from "./file-slot.js";

/**
 * Row groups over as many Parquet files as needed: a file is continued until the limit would be
 * passed. A row group larger than the limit has a file of its own.
 */
export class RollingParquet implements AsyncDisposable {
  readonly #directory: string;
  readonly #pathOf: (slot: FileSlot) => string;
  readonly #limit: number;
  readonly #codec: FooterCodec;
  #slot = FIRST_SLOT;
  #file: RowGroupFile | undefined;

  private constructor(options: RollingParquetOptions, codec: FooterCodec) {
    this.#directory = options.directory;
    this.#pathOf = options.pathOf;
    this.#limit = options.maxBytes;
    this.#codec = codec;
  }

  static async create(options: RollingParquetOptions): Promise<RollingParquet> {
    return new RollingParquet(options, await loadFooterCodec());
  }

  /** Appends what `encode` gives for the file it will be in; called again if that file is full. */
  async append(encode: (slot: FileSlot) => Uint8Array): Promise<FileSlot> {
    let group = this.#codec.parse(encode(this.#slot));
    if (this.#file !== undefined && this.#file.sizeWith(group) > this.#limit) {
      await this.#file.close();
      this.#file = undefined;
      this.#slot = nextSlot(this.#slot);
      group = this.#codec.parse(encode(this.#slot));
    }
    this.#file ??= await this.#open();
    await this.#file.append(group);
    return this.#slot;
  }

  async #open(): Promise<RowGroupFile> {
    const path = join(this.#directory, this.#pathOf(this.#slot));
    await mkdir(dirname(path), { recursive: true });
    return RowGroupFile.create(path);
  }

  /** Completes the last file. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}

export interface RollingParquetOptions {
  /** The dataset's directory. */
  readonly directory: string;
  /** Path in the dataset. */
  readonly pathOf: (slot: FileSlot) => string;
  readonly maxBytes: number;
}
