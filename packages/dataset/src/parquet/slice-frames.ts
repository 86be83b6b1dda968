import { elementsPerFrame, type NumericColumn } from "./column.js";

/** Frames `start` to before `end` of a column, as a view. */
export function sliceFrames(column: NumericColumn, start: number, end: number): NumericColumn {
  const width = elementsPerFrame(column.shape);
  const range = [start * width, end * width] as const;
  const { shape } = column;
  const frames = end - start;
  switch (column.dtype) {
    case "float32":
      return { ...column, shape, frames, values: column.values.subarray(...range) };
    case "float64":
      return { ...column, shape, frames, values: column.values.subarray(...range) };
    case "int64":
      return { ...column, shape, frames, values: column.values.subarray(...range) };
    case "bool":
      return { ...column, shape, frames, values: column.values.subarray(...range) };
  }
}
