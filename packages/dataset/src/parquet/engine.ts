/** Arrow and the Parquet codec, loaded when first used: together they are 5 MB of WebAssembly. */
export interface ParquetEngine {
  readonly arrow: typeof import("apache-arrow");
  readonly parquet: typeof import("parquet-wasm");
}

let engine: Promise<ParquetEngine> | undefined;

export function loadParquetEngine(): Promise<ParquetEngine> {
  engine ??= Promise.all([import("apache-arrow"), import("parquet-wasm")]).then(
    ([arrow, parquet]) => ({ arrow, parquet }),
  );
  return engine;
}
