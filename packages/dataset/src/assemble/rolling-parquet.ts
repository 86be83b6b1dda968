import type { DatasetFiles } from "../files/dataset-files.js";
import { RowGroupFile } from "../parquet/row-group-file.js";
import { loadFooterCodec, type FooterCodec } from "../parquet/row-group.js";
import { FIRST_SLOT, nextSlot, type FileSlot } from "./file-slot.js";

/**
 * Row groups over as many Parquet files as needed: a file is continued until the limit would be
 * passed. A row group larger than the limit has a file of its own.
 */
export class RollingParquet implements AsyncDisposable {
  readonly #files: DatasetFiles;
  readonly #pathOf: (slot: FileSlot) => string;
  readonly #limit: number;
  readonly #codec: FooterCodec;
  #slot = FIRST_SLOT;
  #file: RowGroupFile | undefined;

  private constructor(options: RollingParquetOptions, codec: FooterCodec) {
    this.#files = options.files;
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
      await this.close();
      this.#slot = nextSlot(this.#slot);
      group = this.#codec.parse(encode(this.#slot));
    }
    this.#file ??= await this.#open();
    await this.#file.append(group);
    return this.#slot;
  }

  async #open(): Promise<RowGroupFile> {
    return RowGroupFile.create(await this.#files.make(this.#pathOf(this.#slot)));
  }

  /** Completes the last file. */
  async close(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close();
    this.#file = undefined;
    await this.#files.finish(this.#pathOf(this.#slot));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}

export interface RollingParquetOptions {
  /** The dataset's. */
  readonly files: DatasetFiles;
  /** Path in the dataset. */
  readonly pathOf: (slot: FileSlot) => string;
  readonly maxBytes: number;
}
