import { readFile, writeFile } from "node:fs/promises";
import { DatasetError } from "../error.js";
import { toArrow } from "./arrow-column.js";
import { elementsPerFrame, type NumericColumn } from "./column.js";
import { loadParquetEngine } from "./engine.js";
import { fromArrow } from "./numeric-column.js";
import { decodeTable, encodeTable } from "./write-table.js";

/**
 * Writes an episode's `data.parquet`: one column for each feature, in order. The same columns give
 * the same bytes.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if the columns differ in length
 */
export async function writeEpisodeTable(
  path: string,
  columns: Readonly<Record<string, NumericColumn>>,
): Promise<void> {
  const engine = await loadParquetEngine();
  const entries = Object.entries(columns);
  const rows = entries[0]?.[1].frames ?? 0;
  for (const [feature, column] of entries) {
    const expected = rows * elementsPerFrame(column.shape);
    if (column.frames !== rows || column.values.length !== expected) {
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_INVALID",
        `${path}: ${feature} has ${column.values.length} values, ${expected} expected`,
      );
    }
  }
  const data = new Map(entries.map(([name, column]) => [name, toArrow(engine, column)]));
  await writeFile(path, encodeTable(engine, { rows, columns: data }));
}

/**
 * Reads what {@link writeEpisodeTable} wrote. Shapes come from the file.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if it is no such file
 */
export async function readEpisodeTable(path: string): Promise<Record<string, NumericColumn>> {
  const engine = await loadParquetEngine();
  const file = await readFile(path);
  const { columns } = decodeTable(engine, file);
  const entries = [...columns].map(
    ([name, vector]) => [name, fromArrow(engine, vector, `${path}: column ${name}`)] as const,
  );
  return Object.fromEntries(entries);
}
