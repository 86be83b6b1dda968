import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeArtifacts, type SyntheticEpisode } from "../../test/support/episode-artifacts.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { EpisodeManifest } from "../episode/manifest.js";
import { readEpisodeTable, writeEpisodeTable } from "../parquet/episode-table.js";
import { assembleDataset } from "./assemble-dataset.js";
import type { EpisodeSource } from "./assemble-dataset.js";

const CAMERA = "observation.images.top";
const config = LerobotConfig.fromToml(
  '[dataset]\nname = "t"\nfps = 30\n[[mappings]]\ntopic = "/a"\nfeature = "observation.state"\n',
);

let root: string;
let first: EpisodeSource;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-refusals-"));
  first = await writeArtifacts(join(root, "first"), { length: 3, seed: 1 });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function refusal(...episodes: readonly EpisodeSource[]): Promise<unknown> {
  const directory = join(root, `out-${made++}`);
  return assembleDataset({ episodes, config, directory }).then(
    () => "assembled",
    (error: unknown) => error,
  );
}

async function refusalOf(episode: Partial<SyntheticEpisode>): Promise<unknown> {
  const directory = join(root, `episode-${made++}`);
  return refusal(first, await writeArtifacts(directory, { length: 3, seed: 2, ...episode }));
}

/** A copy of the first episode with a changed manifest. */
async function edited(edit: (manifest: EpisodeManifest) => unknown): Promise<EpisodeSource> {
  const directory = join(root, `edited-${made++}`);
  await cp(first.directory, directory, { recursive: true });
  const path = join(directory, "episode.json");
  const manifest = EpisodeManifest.parse(JSON.parse(await readFile(path, "utf8")));
  await writeFile(path, JSON.stringify(edit(manifest)));
  return { directory, label: "edited.mcap" };
}

describe("episodes that do not fit", () => {
  it.each<[what: string, episode: Partial<SyntheticEpisode>, difference: string]>([
    ["fps", { fps: 25 }, "fps is 30 in 1.mcap, 25 in 2.mcap"],
    ["robot", { robotType: null }, 'robot_type is "panda" in 1.mcap, null in 2.mcap'],
    ["joints", { joints: 5 }, "shape of observation.state is [4] in 1.mcap, [5] in 2.mcap"],
    ["camera", { cameras: [] }, `feature ${CAMERA} is only in 1.mcap`],
    ["image size", { width: 32 }, `shape of ${CAMERA} is [48,64,3] in 1.mcap, [48,32,3] in 2.mcap`],
  ])("differ in %s", async (_, episode, difference) => {
    expect(await refusalOf(episode)).toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_MISMATCH",
      permanence: "permanent",
      message: expect.stringContaining(difference),
    });
  });

  it("differ in names, dtype and codec, which are told at once", async () => {
    const other = await edited((manifest) => {
      const { "observation.state": state, ...features } = manifest.features;
      const video = manifest.videos[CAMERA];
      if (state === undefined || video === undefined) throw new Error("no such feature");
      const names = ["a", "b", "c", "d"];
      const parameters = { ...video.parameters, codec: "av1" };
      return {
        ...manifest,
        features: { ...features, "observation.state": { ...state, dtype: "float64", names } },
        videos: { [CAMERA]: { ...video, parameters } },
      };
    });
    const message = String(await refusal(first, other));
    expect(message).toContain("1.mcap and edited.mcap do not fit into one dataset");
    expect(message).toContain('dtype of observation.state is "float32"');
    expect(message).toContain('["joint_0","joint_1","joint_2","joint_3"]');
    expect(message).toContain(`codec of ${CAMERA} is "h264" in 1.mcap, "av1" in edited.mcap`);
  });
});

describe("an episode that can't be in a dataset", () => {
  const invalid = (message: string, code = "ERR_ROBOFLOW_DATASET_INVALID") => ({
    code,
    message: expect.stringContaining(message),
  });

  it("is longer than the reader's time stamps are exact", async () => {
    const length = 2048 * 30;
    const tasks = [{ task: "pick", from: 0, to: length }];
    const source = await edited((manifest) => ({ ...manifest, length, tasks }));
    const message = "edited.mcap: the episode lasts 2048 s";
    expect(await refusal(source)).toMatchObject(invalid(message, "ERR_ROBOFLOW_DATASET_TOO_LONG"));
  });

  it("has fewer rows than its manifest says", async () => {
    const tasks = [{ task: "pick", from: 0, to: 4 }];
    const source = await edited((manifest) => {
      const video = manifest.videos[CAMERA];
      if (video === undefined) throw new Error("no such camera");
      const segments = video.segments.map((segment) => ({ ...segment, frames: 4 }));
      return { ...manifest, length: 4, tasks, videos: { [CAMERA]: { ...video, segments } } };
    });
    expect(await refusal(source)).toMatchObject(
      invalid("edited.mcap: data.parquet holds float32 [4] × 3"),
    );
  });

  it("has segments of other length than the episode", async () => {
    const tasks = [{ task: "pick", from: 0, to: 4 }];
    const source = await edited((manifest) => ({ ...manifest, length: 4, tasks }));
    expect(await refusal(source)).toMatchObject(
      invalid(`edited.mcap: the video of ${CAMERA} has 3 frames, the episode 4`),
    );
  });

  it("has a video of other length than its rows", async () => {
    const short = await writeArtifacts(join(root, "short"), { length: 2, seed: 1 });
    const source = await edited((manifest) => manifest);
    const file = `videos/${CAMERA}.mp4`;
    await cp(join(short.directory, file), join(source.directory, file));
    expect(await refusal(source)).toMatchObject(
      invalid(
        `edited.mcap: the video of ${CAMERA}: has 2 frames, but 3 were written`,
        "ERR_ROBOFLOW_DATASET_VIDEO",
      ),
    );
  });

  it("holds NaN", async () => {
    const source = await edited((manifest) => manifest);
    const path = join(source.directory, "data.parquet");
    const columns = await readEpisodeTable(path);
    const action = columns["action"];
    if (action?.dtype === "float32") action.values[5] = Number.NaN;
    await writeEpisodeTable(path, columns);
    expect(await refusal(source)).toMatchObject(
      invalid("edited.mcap: action is not a finite number in frame 2"),
    );
  });

  it("has a hole in its tasks", async () => {
    const tasks = [{ task: "pick", from: 1, to: 3 }];
    const source = await edited((manifest) => ({ ...manifest, tasks }));
    expect(await refusal(source)).toMatchObject(
      invalid("task ranges leave a gap or overlap at frame 0"),
    );
  });

  it("lacks a video that its features have", async () => {
    const source = await edited((manifest) => ({ ...manifest, videos: {} }));
    expect(await refusal(source)).toMatchObject(
      invalid(`edited.mcap: there is no video of ${CAMERA}`),
    );
  });

  it.each<[what: string, content: string | undefined, message: string]>([
    ["no manifest", undefined, "is not there"],
    ["a manifest that is no JSON", "{", "is not JSON"],
    ["a manifest of another version", '{"version":3}', "is no episode manifest of this version"],
  ])("has %s", async (_, content, message) => {
    const source = await edited((manifest) => manifest);
    const path = join(source.directory, "episode.json");
    await (content === undefined ? rm(path) : writeFile(path, content));
    expect(await refusal(source)).toMatchObject(invalid(message));
  });

  it("or no episode at all", async () => {
    expect(await refusal()).toMatchObject(invalid("at least one episode"));
  });
});
