/** Storage of a numeric feature: float32, float64, int64, int32, bool (0 or 1). */
export type ColumnValues = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A numeric feature over the frames of an episode: element `e` of frame `f` is `values[f * width + e]`. */
export interface Column {
  readonly values: ColumnValues;
  /** Elements a frame: the product of the feature's shape. */
  readonly width: number;
}

/** Frames in the column. */
export function columnLength(column: Column): number {
  return column.values.length / column.width;
}

/** The values as numbers; 64-bit integers beyond 2^53 lose precision. */
export function asNumbers(values: ColumnValues): Exclude<ColumnValues, BigInt64Array> {
  return values instanceof BigInt64Array ? Float64Array.from(values, Number) : values;
}
