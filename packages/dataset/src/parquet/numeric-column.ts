import type { Data, Vector } from "apache-arrow";
import { DatasetError } from "../error.js";
import {
  allocateValues,
  elementsPerFrame,
  type NumericColumn,
  type NumericDtype,
  type NumericValues,
} from "./column.js";
import type { ParquetEngine } from "./engine.js";

/**
 * The numbers of a column that was just read: scalars, fixed-size lists and nested lists whose rows
 * all have one shape.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` for nulls, ragged rows and other types;
 *   `where` (file and column) begins its message
 */
export function fromArrow(engine: ParquetEngine, vector: Vector, where: string): NumericColumn {
  const parts = vector.data.filter((data) => data.length > 0);
  const blocks = parts.map((data) => flatten(engine, data, where));
  const [first] = blocks;
  if (first === undefined) {
    return { shape: [1], frames: 0, dtype: "float32", values: new Float32Array() };
  }
  const shape = first.shape.length === 0 ? [1] : first.shape;
  const width = elementsPerFrame(shape);
  for (const block of blocks) {
    if (String(block.shape) !== String(first.shape)) throw ragged(where);
  }
  const values = concatenate(
    first.elements.dtype,
    blocks.map((block) => block.elements),
  );
  return { shape, frames: values.values.length / width, ...values };
}

interface Block {
  readonly shape: readonly number[];
  readonly elements: NumericValues;
}

function flatten(engine: ParquetEngine, data: Data, where: string): Block {
  const { DataType } = engine.arrow;
  if (data.nullCount > 0) {
    throw new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", `${where}: holds nulls`);
  }
  if (DataType.isFixedSizeList(data.type)) {
    const { listSize } = data.type;
    const inner = flatten(engine, child(data, where), where);
    return { shape: [listSize, ...inner.shape], elements: inner.elements };
  }
  if (DataType.isList(data.type)) {
    const offsets: Int32Array = data.valueOffsets;
    const [start = 0, second = 0] = offsets;
    const size = second - start;
    for (let row = 0; row < data.length; row++) {
      if ((offsets[row + 1] ?? 0) - (offsets[row] ?? 0) !== size) throw ragged(where);
    }
    const items = child(data, where).slice(start, size * data.length);
    const inner = flatten(engine, items, where);
    return { shape: [size, ...inner.shape], elements: inner.elements };
  }
  return { shape: [], elements: scalars(engine, data, where) };
}

function scalars({ arrow }: ParquetEngine, data: Data, where: string): NumericValues {
  const { length } = data;
  const { type } = data;
  const values: unknown = data.values;
  if (values instanceof Float32Array) {
    return { dtype: "float32", values: values.subarray(0, length) };
  }
  if (values instanceof Float64Array) {
    return { dtype: "float64", values: values.subarray(0, length) };
  }
  if (values instanceof BigInt64Array && arrow.DataType.isInt(type)) {
    return { dtype: "int64", values: values.subarray(0, length) };
  }
  if (values instanceof Uint8Array && arrow.DataType.isBool(type)) {
    const bytes = Uint8Array.from({ length }, (_, index) => {
      const bit = data.offset + index;
      return ((values[bit >> 3] ?? 0) >> (bit & 7)) & 1;
    });
    return { dtype: "bool", values: bytes };
  }
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_INVALID",
    `${where}: can't read type ${arrow.Type[data.typeId]}`,
  );
}

function child(data: Data, where: string): Data {
  const [first] = data.children;
  if (first === undefined) throw ragged(where);
  return first;
}

function concatenate(dtype: NumericDtype, blocks: readonly NumericValues[]): NumericValues {
  const total = blocks.reduce((sum, block) => sum + block.values.length, 0);
  const target = allocateValues(dtype, total);
  let offset = 0;
  for (const block of blocks) {
    copyInto(target, block, offset);
    offset += block.values.length;
  }
  return target;
}

function copyInto(target: NumericValues, source: NumericValues, offset: number): void {
  if (target.dtype === "int64") {
    if (source.dtype === "int64") target.values.set(source.values, offset);
  } else if (source.dtype !== "int64") {
    target.values.set(source.values, offset);
  }
}

function ragged(where: string): DatasetError {
  return new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", `${where}: rows differ in shape`);
}
