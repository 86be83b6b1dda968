import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeArtifacts, type SyntheticEpisode } from "../../test/support/episode-artifacts.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { hashFrames } from "../video/decode-video.js";
import { assembleDataset } from "./assemble-dataset.js";
import type { EpisodeSource } from "./assemble-dataset.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-assemble-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function config(limits = ""): LerobotConfig {
  return LerobotConfig.fromToml(`
    [dataset]
    name = "test"
    fps = 30
    ${limits}
    [[mappings]]
    topic = "/joints"
    feature = "observation.state"
  `);
}

let made = 0;
async function artifacts(episodes: readonly SyntheticEpisode[]): Promise<EpisodeSource[]> {
  const sources: EpisodeSource[] = [];
  for (const episode of episodes) {
    sources.push(await writeArtifacts(join(root, `artifacts-${made++}`), episode));
  }
  return sources;
}

async function assemble(episodes: readonly EpisodeSource[], limits?: string): Promise<string> {
  const directory = join(root, `dataset-${made++}`);
  await assembleDataset({ episodes, config: config(limits), directory });
  return directory;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, "utf8"));
}

async function rows(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

async function files(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

describe("assembleDataset", () => {
  it("joins episodes in the given order: rows, tasks, offsets and info", async () => {
    const episodes = await artifacts([
      { length: 12, seed: 3 },
      {
        length: 7,
        seed: 1,
        tasks: [
          { task: "place", from: 0, to: 3 },
          { task: "pick", from: 3, to: 7 },
        ],
      },
      { length: 5, seed: 2 },
    ]);
    const directory = await assemble(episodes);
    expect(await files(directory)).toEqual([
      "data/chunk-000/file-000.parquet",
      "meta/episodes/chunk-000/file-000.parquet",
      "meta/info.json",
      "meta/stats.json",
      "meta/tasks.parquet",
      "videos/observation.images.top/chunk-000/file-000.mp4",
    ]);

    const data = await rows(join(directory, "data/chunk-000/file-000.parquet"));
    expect(data.map((row) => Number(row["index"]))).toEqual(
      Array.from({ length: 24 }, (_, i) => i),
    );
    expect(data.map((row) => Number(row["task_index"])).join("")).toBe("000000000000111000000000");
    expect(data[13]).toMatchObject({ frame_index: 1n, episode_index: 1n, index: 13n });
    expect(data[13]?.["timestamp"]).toBe(Math.fround(1 / 30));
    expect(Object.keys(data[0] ?? {}).slice(-5)).toEqual([
      "timestamp",
      "frame_index",
      "episode_index",
      "index",
      "task_index",
    ]);
    expect(data[12]?.["observation.gripper"]).toBe(Math.fround(Math.sin(31)));

    const tasks = await rows(join(directory, "meta/tasks.parquet"));
    expect(tasks).toEqual([
      { task_index: 0n, __index_level_0__: "pick" },
      { task_index: 1n, __index_level_0__: "place" },
    ]);

    const meta = await rows(join(directory, "meta/episodes/chunk-000/file-000.parquet"));
    const camera = "videos/observation.images.top";
    expect(meta[1]).toMatchObject({
      episode_index: 1n,
      tasks: ["place", "pick"],
      length: 7n,
      dataset_from_index: 12n,
      dataset_to_index: 19n,
      [`${camera}/from_timestamp`]: 12 / 30,
      [`${camera}/to_timestamp`]: 19 / 30,
      "stats/next.done/max": [true],
      "stats/observation.ticks/min": [1000n, 1001n],
      "stats/observation.ticks/count": [7n],
    });

    const info = await readJson(join(directory, "meta/info.json"));
    expect(Object.keys(info)).toEqual([
      "codebase_version",
      "robot_type",
      "total_episodes",
      "total_frames",
      "total_tasks",
      "chunks_size",
      "data_files_size_in_mb",
      "video_files_size_in_mb",
      "fps",
      "splits",
      "data_path",
      "video_path",
      "features",
    ]);
    expect(info).toMatchObject({
      codebase_version: "v3.0",
      total_episodes: 3,
      total_frames: 24,
      total_tasks: 2,
      splits: { train: "0:3" },
    });
  });

  it("copies every frame of every video, bit for bit", async () => {
    const episodes = await artifacts([
      { length: 4, seed: 1 },
      { length: 6, seed: 2 },
    ]);
    const directory = await assemble(episodes);
    const before = [];
    for (const { directory: source } of episodes) {
      before.push(...(await hashFrames(join(source, "videos/observation.images.top.mp4"))));
    }
    const joined = join(directory, "videos/observation.images.top/chunk-000/file-000.mp4");
    expect(await hashFrames(joined)).toEqual(before);
    expect(new Set(before).size).toBe(10);
  });

  it("rolls over data, video and episodes files at their limits", async () => {
    const lengths = Array.from({ length: 24 }, (_, index) => 3 + (index % 4));
    const episodes = await artifacts(lengths.map((length, seed) => ({ length, seed, joints: 60 })));
    const limit = 0.06;
    const directory = await assemble(
      episodes,
      `data_files_size_in_mb = ${limit}\nvideo_files_size_in_mb = 0.01`,
    );
    const names = await files(directory);
    const of = (prefix: string) => names.filter((name) => name.startsWith(prefix));
    for (const kind of ["data/", "meta/episodes/", "videos/"]) {
      expect(of(kind).length, kind).toBeGreaterThan(1);
    }
    for (const name of of("data/")) {
      expect((await stat(join(directory, name))).size).toBeLessThanOrEqual(limit * 1024 * 1024);
      const footer = await parquetMetadataAsync(await asyncBufferFromFile(join(directory, name)));
      expect(footer.row_groups.length).toBeGreaterThan(1);
    }
    const meta: Record<string, unknown>[] = [];
    for (const [file, name] of of("meta/episodes/").entries()) {
      const part = await rows(join(directory, name));
      expect(part.every((row) => row["meta/episodes/file_index"] === BigInt(file))).toBe(true);
      meta.push(...part);
    }
    expect(meta.map((row) => Number(row["length"]))).toEqual(lengths);
    let index = 0;
    for (const row of meta) {
      const data = await rows(
        join(directory, `data/chunk-000/file-00${String(row["data/file_index"])}.parquet`),
      );
      const own = data.filter((each) => each["episode_index"] === row["episode_index"]);
      expect(own.map((each) => Number(each["index"]))).toEqual(own.map((_, i) => index + i));
      index += own.length;
    }
  });

  it("opens a new video file where the encoder's parameters change", async () => {
    const episodes = await artifacts([
      { length: 3, seed: 1 },
      { length: 3, seed: 2, profile: "main" },
      { length: 3, seed: 3, profile: "main" },
    ]);
    const directory = await assemble(episodes);
    const meta = await rows(join(directory, "meta/episodes/chunk-000/file-000.parquet"));
    const camera = "videos/observation.images.top";
    expect(
      meta.map((row) => [row[`${camera}/file_index`], row[`${camera}/from_timestamp`]]),
    ).toEqual([
      [0n, 0],
      [1n, 0],
      [1n, 0.1],
    ]);
  });

  it("computes statistics over all rows: quantiles are not averaged", async () => {
    const episodes = await artifacts([
      { length: 2, seed: 5, cameras: [] },
      { length: 40, seed: 9, cameras: [] },
    ]);
    const directory = await assemble(episodes, "data_files_size_in_mb = 0.001");
    const { action, index } = await readJson(join(directory, "meta/stats.json"));
    const values = [5, 9]
      .flatMap((seed) =>
        Array.from({ length: seed === 5 ? 2 : 40 }, (_, frame) =>
          Math.fround(Math.sin(seed * 31 + frame / 7)),
        ),
      )
      .sort((a, b) => a - b);
    const median = ((values[20] ?? 0) + (values[21] ?? 0)) / 2;
    const mean = values.reduce((sum, value) => sum + value, 0) / 42;
    expect(action).toMatchObject({
      count: [42],
      min: [values[0], expect.any(Number)],
      q50: [expect.closeTo(median, 12), expect.any(Number)],
      mean: [expect.closeTo(mean, 12), expect.any(Number)],
    });
    expect(index).toMatchObject({ min: [0], max: [41], q50: [20.5], mean: [20.5] });
    expect((await readJson(join(directory, "meta/info.json")))["video_path"]).toBeNull();
  });

  it("gives the same bytes for the same artifacts", async () => {
    const episodes = await artifacts([
      { length: 9, seed: 1 },
      { length: 4, seed: 2 },
    ]);
    const hashes = async (directory: string) => {
      const digests = [];
      for (const name of await files(directory)) {
        const content = await readFile(join(directory, name));
        digests.push([name, createHash("sha256").update(content).digest("hex")]);
      }
      return digests;
    };
    expect(await hashes(await assemble(episodes))).toEqual(await hashes(await assemble(episodes)));
  });

  it("stops when aborted", async () => {
    const episodes = await artifacts([{ length: 2, seed: 1, cameras: [] }]);
    const directory = join(root, "aborted");
    await expect(
      assembleDataset({ episodes, config: config(), directory, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });
});
