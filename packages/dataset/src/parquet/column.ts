/**
 * One numeric feature of one episode. `values` holds `frames` × (product of `shape`) elements, the
 * last axis fastest; booleans are bytes of 0 or 1.
 */
export type NumericColumn = {
  /** Without time, e.g. `[7]` or `[2, 3]`; a scalar is `[1]`. */
  readonly shape: readonly number[];
  readonly frames: number;
} & NumericValues;

export type NumericValues =
  | { readonly dtype: "float32"; readonly values: Float32Array }
  | { readonly dtype: "float64"; readonly values: Float64Array }
  | { readonly dtype: "int64"; readonly values: BigInt64Array }
  | { readonly dtype: "bool"; readonly values: Uint8Array };

export type NumericDtype = NumericValues["dtype"];

/** Elements in one frame of a feature of this shape. */
export function elementsPerFrame(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Zeroed values of the dtype. */
export function allocateValues(dtype: NumericDtype, elements: number): NumericValues {
  switch (dtype) {
    case "float32":
      return { dtype, values: new Float32Array(elements) };
    case "float64":
      return { dtype, values: new Float64Array(elements) };
    case "int64":
      return { dtype, values: new BigInt64Array(elements) };
    case "bool":
      return { dtype, values: new Uint8Array(elements) };
  }
}
