import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { NumericColumn } from "../parquet/column.js";
import { loadParquetEngine } from "../parquet/engine.js";
import { writeEpisodeTable } from "../parquet/episode-table.js";
import { DatasetStats } from "./dataset-stats.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-stats-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const matrix = (frames: number, first: number): NumericColumn => ({
  dtype: "float32",
  shape: [2, 3],
  frames,
  values: Float32Array.from({ length: frames * 6 }, (_, at) => first + ((at * 37) % 101)),
});

it("gives the same whether values are sorted in memory or scanned, and reduces matrices to their last axis", async () => {
  const stats = new DatasetStats();
  const dataFiles = ["0.parquet", "1.parquet"];
  for (const [index, path] of dataFiles.entries()) {
    const column = matrix(index * 30 + 5, index * 1000);
    await writeEpisodeTable(join(directory, path), { m: column });
    stats.addColumn("m", column);
  }
  const engine = await loadParquetEngine();
  const read = (file: string): Promise<Uint8Array> => readFile(join(directory, file));
  const options = { read, dataFiles, features: ["m"] };
  const sorted = await stats.finish(engine, options);
  expect(await stats.finish(engine, { ...options, sortAtMost: 0 })).toEqual(sorted);
  expect(sorted.get("m")).toMatchObject({
    count: [40],
    mean: [expect.any(Number), expect.any(Number), expect.any(Number)],
    max: [1100, 1097, 1100],
  });
});
