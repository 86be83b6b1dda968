import type { FileMetaData } from "hyparquet";
import type { ByteWriter } from "hyparquet-writer";

export const MAGIC: Uint8Array = new TextEncoder().encode("PAR1");

/** Format version 2.x: what pyarrow writes by default. */
const FORMAT_VERSION = 2;

/** One encoded row group that can be appended to any file of the same schema. */
export interface RowGroup {
  /** Offsets are those of a file with this row group only. */
  readonly footer: FileMetaData;
  readonly body: Uint8Array;
}

/** Reads and writes the end of a Parquet file: its footer and the footer's length. */
export interface FooterCodec {
  /** Takes an encoded one-row-group file apart. */
  parse(encoded: Uint8Array): RowGroup;
  write(footer: FileMetaData): Uint8Array;
}

/** Loads the codec, which is not needed before something is assembled. */
export async function loadFooterCodec(): Promise<FooterCodec> {
  const [{ parquetMetadata }, { ByteWriter }, { writeMetadata }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-writer"),
    import("hyparquet-writer/src/metadata.js"),
  ]);
  const write = (footer: FileMetaData): Uint8Array => {
    const writer: ByteWriter = new ByteWriter();
    writeMetadata(writer, { ...footer, version: FORMAT_VERSION });
    return writer.getBytes();
  };
  const parse = (encoded: Uint8Array): RowGroup => {
    const copy = new ArrayBuffer(encoded.byteLength);
    new Uint8Array(copy).set(encoded);
    const footer = withoutPageIndexes(parquetMetadata(copy));
    const ends = footer.row_groups.flatMap(({ columns }) => columns).map(endOfColumn);
    return { footer, body: encoded.subarray(MAGIC.length, Math.max(MAGIC.length, ...ends)) };
  };
  return { parse, write };
}

type Column = FileMetaData["row_groups"][number]["columns"][number];

/** Page indexes are optional and lie outside of the row groups, so they do not move with them. */
function withoutPageIndexes(footer: FileMetaData): FileMetaData {
  return mapColumns(footer, ({ file_offset, meta_data }) => ({
    file_offset,
    ...(meta_data === undefined ? {} : { meta_data }),
  }));
}

/** The footer as it is when the row group begins `by` bytes further on. */
export function moveFooter(footer: FileMetaData, by: number): FileMetaData {
  const moved = (offset: bigint) => offset + BigInt(by);
  const columnsMoved = mapColumns(footer, (column) => {
    const { meta_data: meta } = column;
    if (meta === undefined) return column;
    const dictionary = meta.dictionary_page_offset;
    return {
      ...column,
      meta_data: {
        ...meta,
        data_page_offset: moved(meta.data_page_offset),
        ...(dictionary === undefined ? {} : { dictionary_page_offset: moved(dictionary) }),
      },
    };
  });
  const row_groups = columnsMoved.row_groups.map((group) => ({
    ...group,
    ...(group.file_offset === undefined ? {} : { file_offset: moved(group.file_offset) }),
  }));
  return { ...columnsMoved, row_groups };
}

function mapColumns(footer: FileMetaData, change: (column: Column) => Column): FileMetaData {
  const row_groups = footer.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map(change),
  }));
  return { ...footer, row_groups };
}

function endOfColumn({ meta_data: meta }: Column): number {
  if (meta === undefined) return 0;
  const start = meta.dictionary_page_offset ?? meta.data_page_offset;
  return Number(start + meta.total_compressed_size);
}
