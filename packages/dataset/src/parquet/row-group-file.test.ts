import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toArrow } from "./arrow-column.js";
import { loadParquetEngine } from "./engine.js";
import { RowGroupFile } from "./row-group-file.js";
import { loadFooterCodec } from "./row-group.js";
import { decodeTable, encodeTable } from "./write-table.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-row-groups-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function encode(first: number, rows: number): Promise<Uint8Array> {
  const engine = await loadParquetEngine();
  const index = BigInt64Array.from({ length: rows }, (_, row) => BigInt(first + row));
  const state = Float32Array.from({ length: rows * 3 }, (_, at) => first + at / 4);
  const done = Uint8Array.from({ length: rows }, (_, row) => row % 2);
  const columns = new Map([
    ["state", toArrow(engine, { dtype: "float32", shape: [3], frames: rows, values: state })],
    ["done", toArrow(engine, { dtype: "bool", shape: [1], frames: rows, values: done })],
    ["index", toArrow(engine, { dtype: "int64", shape: [1], frames: rows, values: index })],
  ]);
  return encodeTable(engine, { rows, columns }, new Map([["note", "kept"]]));
}

describe("RowGroupFile", () => {
  it("joins row groups into one file that other readers take", async () => {
    const path = join(directory, "joined.parquet");
    const codec = await loadFooterCodec();
    const file = await RowGroupFile.create(path);
    const lengths = [5, 1, 2000, ...Array.from({ length: 140 }, () => 3)];
    let rows = 0;
    let promised = 0;
    for (const length of lengths) {
      const group = codec.parse(await encode(rows, length));
      promised = file.sizeWith(group);
      await file.append(group);
      rows += length;
    }
    await file.close();

    const bytes = await readFile(path);
    const footer = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    );
    expect(footer.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(lengths);
    expect(Number(footer.num_rows)).toBe(rows);
    expect(footer.key_value_metadata?.find(({ key }) => key === "note")?.value).toBe("kept");
    const statistics = footer.row_groups[2]?.columns.at(-1)?.meta_data?.statistics;
    expect(statistics).toMatchObject({ min_value: 6n, max_value: 2005n });

    const objects = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    expect(objects.map((row) => Number(row["index"]))).toEqual(
      Array.from({ length: rows }, (_, i) => i),
    );
    expect(objects[2008]).toMatchObject({ state: [2007.5, 2007.75, 2008], done: false });

    const read = decodeTable(await loadParquetEngine(), bytes, { columns: ["index"], limit: 3 });
    expect([...(read.columns.get("index") ?? [])]).toEqual([0n, 1n, 2n]);

    expect((await stat(path)).size).toBe(promised);
  });

  it("writes the same bytes for the same row groups", async () => {
    const write = async (name: string): Promise<Buffer> => {
      const codec = await loadFooterCodec();
      const file = await RowGroupFile.create(join(directory, name));
      for (const length of [2, 3]) await file.append(codec.parse(await encode(0, length)));
      await file.close();
      return readFile(join(directory, name));
    };
    expect(await write("a.parquet")).toEqual(await write("b.parquet"));
  });

  it("does not overwrite a file", async () => {
    const path = join(directory, "there.parquet");
    await using file = await RowGroupFile.create(path);
    expect(file).toBeInstanceOf(RowGroupFile);
    await expect(RowGroupFile.create(path)).rejects.toMatchObject({ code: "EEXIST" });
  });
});
