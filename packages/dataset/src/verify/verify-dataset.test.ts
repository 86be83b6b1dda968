import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Data } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeArtifacts } from "../../test/support/episode-artifacts.js";
import { assembleDataset } from "../assemble/assemble-dataset.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { toArrow, toNestedLists } from "../parquet/arrow-column.js";
import type { NumericColumn } from "../parquet/column.js";
import { loadParquetEngine, type ParquetEngine } from "../parquet/engine.js";
import { readEpisodeTable, writeEpisodeTable } from "../parquet/episode-table.js";
import { decodeTable, encodeTable } from "../parquet/write-table.js";
import type { Problem } from "./problem.js";
import { verifyDataset } from "./verify-dataset.js";

const CAMERA = "observation.images.top";
const DATA = "data/chunk-000/file-000.parquet";
const EPISODES = "meta/episodes/chunk-000/file-000.parquet";
const VIDEO = `videos/${CAMERA}/chunk-000/file-000.mp4`;
const LENGTHS = [24, 7, 30];

let root: string;
let good: string;
let dataset: string;
let engine: ParquetEngine;
let copies = 0;

beforeAll(async () => {
  engine = await loadParquetEngine();
  root = await mkdtemp(join(tmpdir(), "roboflow-verify-"));
  good = join(root, "good");
  const episodes = [];
  for (const [seed, length] of LENGTHS.entries()) {
    const tasks =
      seed === 1
        ? [
            { task: "pick", from: 0, to: 2 },
            { task: "place", from: 2, to: length },
          ]
        : [{ task: "pick", from: 0, to: length }];
    episodes.push(await writeArtifacts(join(root, `${seed}`), { length, seed, tasks }));
  }
  const config = LerobotConfig.fromToml(
    '[dataset]\nname = "t"\nfps = 30\n[[mappings]]\ntopic = "/a"\nfeature = "observation.state"\n',
  );
  await assembleDataset({ episodes, config, directory: good });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function broken(damage: () => Promise<void>): Promise<readonly Problem[]> {
  dataset = join(root, `copy-${copies++}`);
  await cp(good, dataset, { recursive: true });
  await damage();
  return verifyDataset(dataset);
}

type Json = Record<string, unknown>;

async function editJson(path: string, edit: (json: Json) => Json): Promise<void> {
  const json: Json = JSON.parse(await readFile(join(dataset, path), "utf8"));
  await writeFile(join(dataset, path), JSON.stringify(edit(json)));
}

async function editData(edit: (columns: Record<string, NumericColumn>) => void): Promise<void> {
  const columns = await readEpisodeTable(join(dataset, DATA));
  edit(columns);
  await writeEpisodeTable(join(dataset, DATA), columns);
}

/** Sets one element of a column of the data file. */
async function setValue(feature: string, element: number, value: number): Promise<void> {
  await editData((columns) => {
    const column = columns[feature];
    if (column?.dtype === "int64") column.values[element] = BigInt(value);
    else if (column !== undefined) column.values[element] = value;
  });
}

/** Replaces columns of a small Parquet file. */
async function editTable(
  path: string,
  edit: (columns: Map<string, Data>) => void,
  keepMetadata = true,
): Promise<void> {
  const table = decodeTable(engine, await readFile(join(dataset, path)));
  const columns = new Map<string, Data>();
  for (const [name, vector] of table.columns) {
    for (const data of vector.data) columns.set(name, data);
  }
  edit(columns);
  const metadata = keepMetadata ? table.metadata : new Map<string, string>();
  const file = encodeTable(engine, { rows: table.rows, columns }, metadata);
  await writeFile(join(dataset, path), file);
}

const integers = (...values: number[]): Data =>
  toArrow(engine, {
    dtype: "int64",
    shape: [1],
    frames: values.length,
    values: BigInt64Array.from(values, BigInt),
  });
const doubles = (shape: number[], ...values: number[]): NumericColumn => ({
  dtype: "float64",
  shape,
  frames: LENGTHS.length,
  values: Float64Array.from(values),
});
const setEpisodes = (name: string, data: () => Data) =>
  editTable(EPISODES, (columns) => columns.set(name, data()));

describe("verifyDataset", () => {
  it("finds nothing in a good dataset, and reports progress to the end", async () => {
    const seen: number[] = [];
    const problems = await verifyDataset(good, {
      onProgress: ({ framesDone, framesTotal }) => seen.push(framesDone / framesTotal),
    });
    expect(problems).toEqual([]);
    expect(seen.at(-1)).toBe(1);
  });

  it.each<[what: string, damage: () => Promise<void>, problem: Partial<Problem>]>([
    ["no info.json", () => rm(join(dataset, "meta/info.json")), { code: "info" }],
    [
      "info.json that is not JSON",
      () => writeFile(join(dataset, "meta/info.json"), "{"),
      { code: "info" },
    ],
    [
      "an older format",
      () => editJson("meta/info.json", (info) => ({ ...info, codebase_version: "v2.1" })),
      { code: "info" },
    ],
    [
      "a wrong frame total",
      () => editJson("meta/info.json", (info) => ({ ...info, total_frames: 62 })),
      { code: "count" },
    ],
    [
      "a wrong split",
      () => editJson("meta/info.json", (info) => ({ ...info, splits: { train: "0:2" } })),
      { code: "count" },
    ],
    [
      "a wrong frame rate",
      () => editJson("meta/info.json", (info) => ({ ...info, fps: 25 })),
      { code: "timestamp", episode: 0, frame: 1 },
    ],
    ["no tasks", () => rm(join(dataset, "meta/tasks.parquet")), { code: "tasks" }],
    [
      "tasks without pandas metadata",
      () => editTable("meta/tasks.parquet", () => {}, false),
      { code: "tasks" },
    ],
    [
      "tasks in another order than their index",
      () => editTable("meta/tasks.parquet", (columns) => columns.set("task_index", integers(1, 0))),
      { code: "tasks" },
    ],
    ["no episodes", () => rm(join(dataset, EPISODES)), { code: "file-missing" }],
    [
      "an episode column missing",
      () => editTable(EPISODES, (columns) => columns.delete("length")),
      { code: "file-unreadable", file: EPISODES },
    ],
    [
      "an episode's wrong length",
      () => setEpisodes("length", () => integers(24, 8, 30)),
      { code: "episode", episode: 1 },
    ],
    [
      "an episode's wrong range",
      () => setEpisodes("dataset_from_index", () => integers(0, 23, 31)),
      { code: "episode", episode: 1 },
    ],
    [
      "episodes in another order",
      () => setEpisodes("episode_index", () => integers(0, 2, 1)),
      { code: "episode", episode: 1 },
    ],
    [
      "an episode row that names another file",
      () => setEpisodes("meta/episodes/file_index", () => integers(0, 1, 0)),
      { code: "episode", episode: 1 },
    ],
    [
      "a video offset off by one frame",
      () =>
        setEpisodes(`videos/${CAMERA}/from_timestamp`, () =>
          toArrow(engine, doubles([1], 0, 25 / 30, 31 / 30)),
        ),
      { code: "video-offset", episode: 1, feature: CAMERA },
    ],
    [
      "a video offset off by half a frame",
      () =>
        setEpisodes(`videos/${CAMERA}/to_timestamp`, () =>
          toArrow(engine, doubles([1], 24 / 30, 31 / 30, 61 / 30 + 1 / 60)),
        ),
      { code: "video-offset", episode: 2 },
    ],
    ["no data file", () => rm(join(dataset, DATA)), { code: "file-missing", file: DATA }],
    [
      "a data file that is cut off",
      async () => {
        const content = await readFile(join(dataset, DATA));
        await writeFile(join(dataset, DATA), content.subarray(0, content.length - 100));
      },
      { code: "file-unreadable", file: DATA },
    ],
    [
      "a stray Parquet file",
      () => cp(join(dataset, DATA), join(dataset, "data/chunk-000/file-001.parquet")),
      { code: "file-foreign", severity: "error" },
    ],
    [
      "a stray episodes file",
      () => cp(join(dataset, EPISODES), join(dataset, "meta/episodes/chunk-000/file-001.parquet")),
      { code: "episode", episode: 3 },
    ],
    [
      "a column missing",
      () => editData((columns) => delete columns["action"]),
      { code: "schema", feature: "action" },
    ],
    [
      "a column that is not declared",
      () =>
        editData((columns) => {
          const action = columns["action"];
          if (action !== undefined) columns["extra"] = action;
        }),
      { code: "schema", feature: "extra" },
    ],
    [
      "a column of another type",
      () =>
        editData((columns) => {
          const { shape, frames, values } = columns["action"] ?? doubles([1]);
          const wide = Float64Array.from(values, Number);
          columns["action"] = { dtype: "float64", shape, frames, values: wide };
        }),
      { code: "schema", feature: "action" },
    ],
    [
      "a scalar stored as a list of one",
      () =>
        editTable(DATA, (columns) => {
          const values = new Float32Array(61);
          const shape = [1];
          const column = { dtype: "float32", shape, frames: 61, values } as const;
          columns.set("observation.gripper", toNestedLists(engine, column));
        }),
      { code: "schema", feature: "observation.gripper" },
    ],
    [
      "a row missing",
      () =>
        editData((columns) => {
          for (const [name, column] of Object.entries(columns)) {
            const width = column.values.length / column.frames;
            const values = column.values.slice(0, -width);
            columns[name] = { ...column, frames: column.frames - 1, values } as NumericColumn;
          }
        }),
      { code: "count", file: DATA },
    ],
    [
      "NaN",
      () => setValue("observation.state", 25 * 4 + 2, Number.NaN),
      { code: "value", episode: 1, frame: 1, feature: "observation.state" },
    ],
    [
      "an index that jumps",
      () => setValue("index", 40, 41),
      { code: "index", episode: 2, frame: 9, feature: "index" },
    ],
    [
      "a frame index that does not begin at 0",
      () => setValue("frame_index", 24, 1),
      { code: "index", episode: 1, frame: 0 },
    ],
    [
      "an episode index of another episode",
      () => setValue("episode_index", 24, 0),
      { code: "index", episode: 1, frame: 0 },
    ],
    [
      "a time stamp half a frame off",
      () => setValue("timestamp", 30, 6.5 / 30),
      { code: "timestamp", episode: 1, frame: 6 },
    ],
    [
      "a task that does not exist",
      () => setValue("task_index", 3, 2),
      { code: "task-index", episode: 0, frame: 3 },
    ],
    [
      "a task that the episode does not list",
      () => setValue("task_index", 3, 1),
      { code: "task-index", episode: 0, frame: 3 },
    ],
    [
      "a value that its statistics do not cover",
      () => setValue("action", 0, 7),
      { code: "stats", severity: "error", feature: "action", episode: 0, file: EPISODES },
    ],
    [
      "an episode's wrong deviation",
      () =>
        setEpisodes("stats/action/std", () =>
          toNestedLists(engine, doubles([2], 1, 2, 3, 4, 5, 6)),
        ),
      { code: "stats", severity: "error", feature: "action", episode: 0 },
    ],
    [
      "the dataset's wrong mean",
      () =>
        editJson("meta/stats.json", (stats) => ({
          ...stats,
          action: { ...(stats["action"] as Json), mean: [0.9, 0] },
        })),
      { code: "stats", severity: "error", feature: "action", file: "meta/stats.json" },
    ],
    [
      "an averaged quantile",
      () =>
        editJson("meta/stats.json", (stats) => ({
          ...stats,
          index: { ...(stats["index"] as Json), q50: [40] },
        })),
      { code: "stats", severity: "warning", feature: "index", file: "meta/stats.json" },
    ],
    [
      "a feature without statistics",
      () => editJson("meta/stats.json", (stats) => ({ ...stats, action: undefined })),
      { code: "stats", feature: "action" },
    ],
    [
      "image statistics of 0 to 255",
      () =>
        editJson("meta/stats.json", (stats) => ({
          ...stats,
          [CAMERA]: { ...(stats[CAMERA] as Json), max: [[[255]], [[255]], [[255]]] },
        })),
      { code: "stats", feature: CAMERA },
    ],
    [
      "an image deviation of 0",
      () =>
        editJson("meta/stats.json", (stats) => ({
          ...stats,
          [CAMERA]: { ...(stats[CAMERA] as Json), std: [[[0]], [[0]], [[0]]] },
        })),
      { code: "stats", feature: CAMERA, message: expect.stringContaining("std is 0") },
    ],
    [
      "an image mean that the episodes do not give",
      () =>
        editJson("meta/stats.json", (stats) => ({
          ...stats,
          [CAMERA]: { ...(stats[CAMERA] as Json), mean: [[[0.3]], [[0.5]], [[0.5]]] },
        })),
      { code: "stats", feature: CAMERA, message: expect.stringContaining("the episodes' give") },
    ],
    ["no video", () => rm(join(dataset, VIDEO)), { code: "file-missing", file: VIDEO }],
    [
      "a stray video",
      () => cp(join(dataset, VIDEO), join(dataset, VIDEO.replace("000.mp4", "009.mp4"))),
      { code: "file-foreign", severity: "warning" },
    ],
    [
      "another video in its place",
      () => cp(join(root, "0/videos", `${CAMERA}.mp4`), join(dataset, VIDEO)),
      { code: "video-frames", feature: CAMERA, file: VIDEO },
    ],
    [
      "a damaged picture",
      async () => {
        const content = await readFile(join(dataset, VIDEO));
        const pictures = content.indexOf("mdat") + 4;
        const middle = Math.floor((pictures + content.length) / 2);
        content.fill(0xff, middle, Math.min(middle + 2000, content.length));
        await writeFile(join(dataset, VIDEO), content);
      },
      { code: "video-decode", feature: CAMERA, file: VIDEO },
    ],
    [
      "a video that is none",
      () => writeFile(join(dataset, VIDEO), "no video"),
      { code: "file-unreadable", file: VIDEO },
    ],
    [
      "another codec than declared",
      () =>
        editJson("meta/info.json", (info) => {
          const features = info["features"] as Record<string, Json>;
          const camera = features[CAMERA] ?? {};
          const details = { ...(camera["info"] as Json), "video.codec": "av1" };
          return { ...info, features: { ...features, [CAMERA]: { ...camera, info: details } } };
        }),
      { code: "video-format", feature: CAMERA },
    ],
  ])("finds %s", async (_, damage, problem) => {
    expect(await broken(damage)).toContainEqual(expect.objectContaining(problem));
  });

  it("finds swapped videos of equal length by their brightness", async () => {
    const swapped = join(root, "swapped");
    const made = [];
    for (const seed of [0, 1]) {
      made.push(
        await writeArtifacts(join(root, `s${seed}`), { length: 8, seed, brightness: seed }),
      );
    }
    const file = (source: { directory: string } | undefined) =>
      join(source?.directory ?? "", "videos", `${CAMERA}.mp4`);
    await rename(file(made[0]), `${file(made[0])}.0`);
    await rename(file(made[1]), file(made[0]));
    await rename(`${file(made[0])}.0`, file(made[1]));
    const config = LerobotConfig.fromToml(
      '[dataset]\nname = "t"\nfps = 30\n[[mappings]]\ntopic = "/a"\nfeature = "observation.state"\n',
    );
    await assembleDataset({ episodes: made, config, directory: swapped });
    expect(await verifyDataset(swapped)).toMatchObject([
      { code: "stats", severity: "warning", episode: 0, feature: CAMERA },
      { code: "stats", severity: "warning", episode: 1, feature: CAMERA },
    ]);
    expect(await verifyDataset(swapped, { decode: false })).toEqual([]);
  });

  it("stops when aborted", async () => {
    await expect(verifyDataset(good, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
