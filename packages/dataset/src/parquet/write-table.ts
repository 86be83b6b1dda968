import type { Data, Vector } from "apache-arrow";
import type { ParquetEngine } from "./engine.js";

/** Arrow columns by name, all of `rows` rows. */
export interface TableColumns {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Data>;
}

/** At most this many rows in a row group, so that a small table has one. */
const ROW_GROUP_ROWS = 1 << 30;

/**
 * One Parquet file in memory: a single row group, snappy, dictionaries, nullable columns and
 * chunk statistics, as pyarrow writes it. The same columns give the same bytes.
 */
export function encodeTable(
  { arrow, parquet }: ParquetEngine,
  { rows, columns }: TableColumns,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const fields = [...columns].map(([name, data]) => new arrow.Field(name, data.type, true));
  // Python reads the metadata of the embedded Arrow schema, other readers that of the footer.
  const schema = new arrow.Schema(fields, new Map(metadata));
  const type = new arrow.Struct(fields);
  const children = [...columns.values()];
  const data = arrow.makeData({ type, length: rows, nullCount: 0, children });
  const table = new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
  const properties = new parquet.WriterPropertiesBuilder()
    .setCompression(parquet.Compression.SNAPPY)
    .setDictionaryEnabled(true)
    .setStatisticsEnabled(parquet.EnabledStatistics.Chunk)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .setKeyValueMetadata(new Map(metadata))
    .build();
  return parquet.writeParquet(
    parquet.Table.fromIPCStream(arrow.tableToIPC(table, "stream")),
    properties,
  );
}

/** Columns of a Parquet file in memory; only those named, or all. */
export function decodeTable(
  { arrow, parquet }: ParquetEngine,
  file: Uint8Array,
  options: DecodeOptions = {},
): DecodedTable {
  const table = arrow.tableFromIPC(
    parquet
      .readParquet(file, {
        ...(options.columns === undefined ? {} : { columns: [...options.columns] }),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
      })
      .intoIPCStream(),
  );
  const columns = new Map<string, Vector>();
  table.schema.fields.forEach((field, index) => {
    const vector = table.getChildAt(index);
    if (vector !== null) columns.set(field.name, vector);
  });
  return { rows: table.numRows, columns, metadata: table.schema.metadata };
}

export interface DecodeOptions {
  /** All if left out. */
  readonly columns?: readonly string[];
  /** At most so many rows. */
  readonly limit?: number;
}

export interface DecodedTable {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Vector>;
  /** Of the schema. */
  readonly metadata: ReadonlyMap<string, string>;
}
