import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MANY_CONFIG, planEpisode, TASKS, writeEpisode } from "./support/many-episodes.js";
import { Workspace } from "./support/workspace.js";

const EPISODES = Array.from({ length: 40 }, (_, ordinal) => planEpisode(ordinal));
/** Every third ordinal from the end for each submitter: none has a run of the dataset's order. */
const PARTS = [0, 1, 2].map((part) =>
  EPISODES.filter(({ ordinal }) => ordinal > 0 && ordinal % 3 === part).toReversed(),
);

describe("forty jobs of three submitters", { timeout: 600_000 }, () => {
  let workspace: Workspace;
  let batchId: string;

  beforeAll(async () => {
    workspace = await Workspace.create();
    await writeFile(workspace.path("many.toml"), MANY_CONFIG);
    for (const episode of EPISODES) await writeEpisode(workspace.directory, episode);

    batchId = await submit("first", EPISODES.slice(0, 1));
    await Promise.all(
      PARTS.map((part, index) => submit(`part-${index}`, part, "--batch", batchId)),
    );
    await succeed("batches", "seal", batchId);
    await Promise.all([1, 2].map(() => succeed("worker", "--drain", "--jobs", "2")));
  }, 600_000);
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  async function submit(name: string, part: typeof EPISODES, ...more: string[]): Promise<string> {
    const manifest = part.map(({ source, task, ordinal }) => ({ source, task, ordinal }));
    await writeFile(workspace.path(`${name}.json`), JSON.stringify(manifest));
    const args = ["--config", "many.toml", "--output", "dataset", "--no-seal", "--json", ...more];
    const submitted = JSON.parse(await succeed("submit", "--manifest", `${name}.json`, ...args));
    expect(submitted.jobs).toHaveLength(part.length);
    return submitted.batchId;
  }

  async function filesOf(directory: string): Promise<string[]> {
    const root = workspace.path("dataset", directory);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  }

  async function rowsOf(directory: string, columns: string[]): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (const path of await filesOf(directory))
      rows.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(path), columns })));
    return rows;
  }

  it("become one published dataset", async () => {
    expect(JSON.parse(await succeed("batches", "get", batchId, "--json"))).toMatchObject({
      status: "Published",
      dataset: {
        episodes: 40,
        frames: EPISODES.reduce((sum, { frames }) => sum + frames, 0),
        features: { "observation.counter": { dtype: "float32", shape: [1] } },
      },
    });
    expect(JSON.parse(await succeed("dataset", "verify", "dataset", "--json"))).toEqual({
      ok: true,
      problems: [],
    });
  });

  it("roll over in data, video and episodes files", async () => {
    expect((await filesOf("data")).length).toBeGreaterThan(1);
    expect((await filesOf("videos/observation.images.noise")).length).toBeGreaterThan(1);
    expect((await filesOf("meta/episodes")).length).toBeGreaterThan(1);
  });

  it("stand in the order of their ordinals, with their own tasks and frames", async () => {
    const episodes = await rowsOf("meta/episodes", ["episode_index", "tasks", "length"]);
    expect(episodes).toEqual(
      EPISODES.map(({ ordinal, task, frames }) => ({
        episode_index: BigInt(ordinal),
        tasks: [task],
        length: BigInt(frames),
      })),
    );
    const frames = await rowsOf("data", ["episode_index", "task_index", "observation.counter"]);
    // Tasks are numbered as they first occur.
    const numbers = [EPISODES[0]?.task, ...TASKS].filter(
      (task, at, all) => all.indexOf(task) === at,
    );
    expect(frames).toEqual(
      EPISODES.flatMap(({ ordinal, task, counters }) =>
        counters.map((counter) => ({
          episode_index: BigInt(ordinal),
          task_index: BigInt(numbers.indexOf(task)),
          "observation.counter": counter,
        })),
      ),
    );
  });
});
