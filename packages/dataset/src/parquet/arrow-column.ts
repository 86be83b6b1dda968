import type { Data, DataType, Field } from "apache-arrow";
import type { NumericColumn } from "./column.js";
import type { ParquetEngine } from "./engine.js";

type Arrow = Pick<ParquetEngine, "arrow">;

/**
 * The column as lerobot stores it: shape `[1]` as a plain scalar, `[n]` as a fixed-size list,
 * matrices as nested lists. Not copied, but for booleans, which Arrow packs into bits.
 */
export function toArrow({ arrow }: Arrow, column: NumericColumn): Data {
  if (column.shape.length > 1) return toNestedLists({ arrow }, column);
  const data = elements({ arrow }, column);
  const [size = 1] = column.shape;
  if (size === 1) return data;
  const type = new arrow.FixedSizeList(size, element({ arrow }, data.type));
  return arrow.makeData({ type, length: column.frames, nullCount: 0, child: data });
}

/** The column as lists within lists, one level for each axis of the shape, also for shape `[1]`. */
export function toNestedLists({ arrow }: Arrow, column: NumericColumn): Data {
  const { shape, frames } = column;
  let data = elements({ arrow }, column);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    const length = shape.slice(0, axis).reduce((product, n) => product * n, frames);
    const type = new arrow.List(element({ arrow }, data.type));
    const valueOffsets = Int32Array.from({ length: length + 1 }, (_, row) => row * size);
    data = arrow.makeData({ type, length, nullCount: 0, valueOffsets, child: data });
  }
  return data;
}

/** Parquet's own name for a list's items, and lerobot's. */
function element({ arrow }: Arrow, type: DataType): Field {
  return new arrow.Field("element", type, true);
}

function elements({ arrow }: Arrow, column: NumericColumn): Data {
  const length = column.values.length;
  switch (column.dtype) {
    case "float32":
      return arrow.makeData({ type: new arrow.Float32(), length, data: column.values });
    case "float64":
      return arrow.makeData({ type: new arrow.Float64(), length, data: column.values });
    case "int64":
      return arrow.makeData({ type: new arrow.Int64(), length, data: column.values });
    case "bool":
      return arrow.makeData({ type: new arrow.Bool(), length, data: packBits(column.values) });
  }
}

function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  bytes.forEach((value, index) => {
    if (value !== 0) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return bits;
}
