import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sha256Hex } from "@roboflow/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertGenerated, type ConvertedEpisode } from "../../test/support/convert-generated.js";
import { counterImage } from "../../test/support/counter-picture.js";
import type { GeneratedTopic } from "../../test/support/generated-recording.js";
import type { ConvertRecordingOptions } from "./convert-recording.js";

const FRAMES = 23;
const EVERY = 5;
const TOML = `[dataset]
name = "t"
fps = 10
[[mappings]]
topic = "/joints"
feature = "observation.state"
sync = "linear"
[[mappings]]
topic = "/cam"
feature = "observation.images.cam"
mapping_type = "image"
on_gap = "repeat"
[[mappings]]
topic = "/slow"
feature = "observation.images.slow"
mapping_type = "image"
on_gap = "repeat"
[video]
preset = "ultrafast"
threads = 1
`;
const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: "" };
const TOPICS: Readonly<Record<string, GeneratedTopic>> = {
  "/joints": {
    type: "sensor_msgs/msg/JointState",
    messages: Array.from({ length: 3 * FRAMES }, (_, index) => ({
      time: Math.round((index * 1e8) / 3),
      value: { header, name: ["a"], position: [index], velocity: [], effort: [] },
    })),
  },
  "/cam": camera([...Array(FRAMES).keys()]),
  // One picture spans several segments.
  "/slow": camera([0, 1, 2, 14, 22]),
};

function camera(frames: readonly number[]): GeneratedTopic {
  return {
    type: "sensor_msgs/msg/Image",
    messages: frames.map((frame) => ({ time: frame * 1e8, value: counterImage(frame) })),
  };
}

let root: string;
let whole: ConvertedEpisode;
const directories: string[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-resume-"));
  whole = await convert();
});
afterAll(async () => {
  for (const path of [root, ...directories]) await rm(path, { recursive: true });
});

async function convert(options: Partial<ConvertRecordingOptions> = {}): Promise<ConvertedEpisode> {
  const episode = await convertGenerated(TOML, TOPICS, { checkpointFrames: EVERY, ...options });
  directories.push(episode.directory);
  return episode;
}

/** What an attempt leaves that died when so many checkpoints were there. */
async function deadAttempt(name: string, checkpoints: number): Promise<string> {
  const directory = join(root, name);
  await cp(whole.directory, directory, { recursive: true });
  await rm(join(directory, "episode.json"));
  await rm(join(directory, "data.parquet"));
  const found = (await readdir(join(directory, "checkpoints"))).sort();
  expect(found).toHaveLength(Math.ceil(FRAMES / EVERY) - 1);
  for (const file of found.slice(checkpoints)) await rm(join(directory, "checkpoints", file));
  return directory;
}

async function filesIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(directory.length), sha256Hex(await readFile(path))] as const;
      }),
    ),
  );
}

/** Resumes, expects the undisturbed result, and gives the frame that progress started at. */
async function resume(from: readonly string[]): Promise<number> {
  const progress: number[] = [];
  const resumed = await convert({
    resumeFrom: from.map((path) => pathToFileURL(path).href),
    onProgress: ({ framesDone }) => progress.push(framesDone),
  });
  expect(await filesIn(resumed.directory)).toEqual(await filesIn(whole.directory));
  expect(progress.at(-1)).toBe(FRAMES);
  return progress[0] ?? -1;
}

describe("a conversion that goes on from checkpoints", () => {
  it("cuts videos into segments that show every frame once", async () => {
    const segments = whole.manifest.videos["observation.images.cam"]?.segments ?? [];
    expect(segments.map(({ frames }) => frames)).toEqual([5, 5, 5, 5, 3]);
    expect(await whole.counters("observation.images.cam")).toEqual([...Array(FRAMES).keys()]);
    const slow = Array.from({ length: FRAMES }, (_, frame) =>
      frame < 3 ? frame : frame < 14 ? 2 : frame < 22 ? 14 : 22,
    );
    expect(await whole.counters("observation.images.slow")).toEqual(slow);
  });

  it.each([0, 1, 2, 4])("gives the same bytes after %i checkpoints", async (checkpoints) => {
    const dead = await deadAttempt(`dead-${checkpoints}`, checkpoints);
    expect(await resume([dead])).toBe(checkpoints * EVERY);
  });

  it("takes each checkpoint from whichever attempt has it whole", async () => {
    const older = await deadAttempt("older", 3);
    const newer = await deadAttempt("newer", 2);
    await rm(join(newer, "videos/observation.images.cam/000001.mp4"));
    expect(await resume([newer, older, join(root, "never")])).toBe(3 * EVERY);
  });

  it.each<[what: string, damage: (directory: string) => Promise<unknown>]>([
    [
      "a cut segment",
      (path) => truncate(join(path, "videos/observation.images.slow/000001.mp4"), 99),
    ],
    [
      "a segment of other content",
      (path) =>
        cp(
          join(path, "videos/observation.images.cam/000000.mp4"),
          join(path, "videos/observation.images.cam/000001.mp4"),
        ),
    ],
    ["a torn checkpoint", (path) => truncate(join(path, "checkpoints/000001.json"), 99)],
    [
      "a checkpoint that names files elsewhere",
      async (path) => {
        const file = join(path, "checkpoints/000001.json");
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replaceAll("videos/", "../videos/"));
      },
    ],
  ])("stops before %s", async (what, damage) => {
    const dead = await deadAttempt(what.replaceAll(" ", "-"), 3);
    await damage(dead);
    expect(await resume([dead])).toBe(EVERY);
  });

  it("takes nothing of another source, config, version or segment length", async () => {
    const dead = await deadAttempt("foreign", 3);
    const file = join(dead, "checkpoints/000000.json");
    const text = await readFile(file, "utf8");
    const config = /"configHash":"(.*?)"/.exec(text)?.[1] ?? "";
    for (const [found, replacement] of [
      ['"identity":"1"', '"identity":"2"'],
      [config, "0".repeat(64)],
      ['"software":"0.0.0"', '"software":"0.0.1"'],
      [`"checkpointFrames":${EVERY}`, `"checkpointFrames":${EVERY + 1}`],
      [`"length":${FRAMES}`, `"length":${FRAMES + 1}`],
    ] as const) {
      expect(text).toContain(found);
      await writeFile(file, text.replace(found, replacement));
      expect(await resume([dead])).toBe(0);
    }
  });

  it("notices that the pictures change size at a boundary", async () => {
    const images = await convertGenerated(TOML, TOPICS, { checkpointFrames: EVERY });
    directories.push(images.directory);
    const messages = TOPICS["/cam"]?.messages.map((message, index) => {
      if (index < EVERY) return message;
      const { header: stamp } = counterImage(index);
      const value = {
        header: stamp,
        height: 2,
        width: 2,
        encoding: "mono8",
        is_bigendian: 0,
        step: 2,
        data: new Uint8Array(4),
      };
      return { ...message, value };
    });
    const changed = {
      ...TOPICS,
      "/cam": { type: "sensor_msgs/msg/Image", messages: messages ?? [] },
    };
    await expect(convertGenerated(TOML, changed, { checkpointFrames: EVERY })).rejects.toThrow(
      `the image of frame ${EVERY} is 2x2, but the ones before are 64x48`,
    );
  });
});
