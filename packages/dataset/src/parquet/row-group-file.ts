import { open, type FileHandle } from "node:fs/promises";
import type { FileMetaData } from "hyparquet";
import {
  loadFooterCodec,
  MAGIC,
  moveFooter,
  type FooterCodec,
  type RowGroup,
} from "./row-group.js";

/**
 * A Parquet file that grows by whole row groups: their bytes are copied and only the offsets in the
 * footer rewritten, so that memory is bounded by one row group and the size is known beforehand.
 * Format: https://github.com/apache/parquet-format#file-format
 */
export class RowGroupFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #codec: FooterCodec;
  #offset = MAGIC.length;
  #footer: FileMetaData | undefined;
  /** Of the row groups' entries in the footer. */
  #entryBytes = 0;

  private constructor(file: FileHandle, codec: FooterCodec) {
    this.#file = file;
    this.#codec = codec;
  }

  /** Creates the file; its directory must exist and it must not. */
  static async create(path: string): Promise<RowGroupFile> {
    const codec = await loadFooterCodec();
    const file = await open(path, "wx");
    await file.writeFile(MAGIC);
    return new RowGroupFile(file, codec);
  }

  /** Bytes the file would have if this row group were appended and the file closed; exact. */
  sizeWith(group: RowGroup): number {
    const footer = this.#joined(this.#moved(group));
    const shared = this.#codec.write({ ...footer, row_groups: [] }).length;
    const lists = listHeaderBytes(footer.row_groups.length) - listHeaderBytes(0);
    const entries = this.#entryBytes + this.#entryBytesOf(this.#moved(group));
    return this.#offset + group.body.length + shared + lists + entries + MAGIC.length;
  }

  async append(group: RowGroup): Promise<void> {
    await this.#file.writeFile(group.body);
    const moved = this.#moved(group);
    this.#entryBytes += this.#entryBytesOf(moved);
    this.#footer = this.#joined(moved);
    this.#offset += group.body.length;
  }

  /** Writes the footer and closes the file, flushed to disk; at least one row group must be there. */
  async close(): Promise<void> {
    if (this.#footer !== undefined) {
      await this.#file.writeFile(this.#codec.write(this.#footer));
      await this.#file.writeFile(MAGIC);
      await this.#file.sync();
    }
    await this.#file.close();
  }

  /** Closes an unfinished file as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #moved(group: RowGroup): FileMetaData {
    return moveFooter(group.footer, this.#offset - MAGIC.length);
  }

  #joined(moved: FileMetaData): FileMetaData {
    if (this.#footer === undefined) return moved;
    return {
      ...this.#footer,
      num_rows: this.#footer.num_rows + moved.num_rows,
      row_groups: [...this.#footer.row_groups, ...moved.row_groups],
    };
  }

  #entryBytesOf(footer: FileMetaData): number {
    return (
      this.#codec.write(footer).length - this.#codec.write({ ...footer, row_groups: [] }).length
    );
  }
}

/** Thrift's compact protocol: a list of 15 and more has its length after the first byte, 7 bits a byte. */
function listHeaderBytes(length: number): number {
  return length < 15 ? 1 : 1 + Math.ceil(Math.log2(length + 1) / 7);
}
