import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementsPerFrame, type NumericColumn, type NumericValues } from "./column.js";
import { readEpisodeTable, writeEpisodeTable } from "./episode-table.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-parquet-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

function values(length: number): fc.Arbitrary<NumericValues> {
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(exactly).map((values) => ({ dtype: "float32" as const, values })),
    fc.float64Array(exactly).map((values) => ({ dtype: "float64" as const, values })),
    fc.bigInt64Array(exactly).map((values) => ({ dtype: "int64" as const, values })),
    fc.uint8Array({ ...exactly, max: 1 }).map((values) => ({ dtype: "bool" as const, values })),
  );
}

const columns = fc.integer({ min: 1, max: 40 }).chain((frames) =>
  fc.dictionary(
    fc.constantFrom("observation.state", "action", "a", "b.c"),
    shape.chain((size) =>
      values(frames * elementsPerFrame(size)).map((drawn): NumericColumn => ({
        shape: size,
        frames,
        ...drawn,
      })),
    ),
    { minKeys: 1, noNullPrototype: true },
  ),
);

describe("episode table", () => {
  it("gives back what was written, in order, whatever the dtype and shape", async () => {
    const path = join(directory, "round-trip.parquet");
    await fc.assert(
      fc.asyncProperty(columns, async (written) => {
        await writeEpisodeTable(path, written);
        const read = await readEpisodeTable(path);
        expect(Object.keys(read)).toEqual(Object.keys(written));
        expect(read).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });

  it("writes the same bytes for the same columns", async () => {
    const column: NumericColumn = {
      dtype: "float32",
      shape: [2],
      frames: 3,
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    };
    const [a, b] = [join(directory, "a.parquet"), join(directory, "b.parquet")];
    await writeEpisodeTable(a, { state: column });
    await writeEpisodeTable(b, { state: column });
    expect(await readFile(a)).toEqual(await readFile(b));
  });

  it("refuses columns of different lengths, naming the feature", async () => {
    const scalar = (frames: number): NumericColumn => ({
      dtype: "int64",
      shape: [1],
      frames,
      values: new BigInt64Array(frames),
    });
    await expect(
      writeEpisodeTable(join(directory, "bad.parquet"), { a: scalar(3), b: scalar(2) }),
    ).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_INVALID",
      message: expect.stringContaining("b has 2 values, 3 expected"),
    });
  });
});
