import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LerobotConfig } from "../src/config/lerobot-config.js";
import { convertRecording } from "../src/episode/convert-recording.js";
import { readEpisodeTable } from "../src/parquet/episode-table.js";
import { decodeVideo } from "../src/video/decode-video.js";
import { counterImage, readCounter } from "./support/counter-picture.js";
import {
  generateRecording,
  RECORDING_START,
  type GeneratedMessage,
} from "./support/generated-recording.js";

/*
 * Each message holds its number, so that the dataset itself shows which message every frame took.
 * What it must be is worked out below from the messages' times alone, frame by frame.
 */

const FPS = 25;
const JOINTS = 300;
const IMAGES = 80;

/** Times with jitter, gaps and repeats, the same on every run. */
function irregularTimes(count: number, period: number, seed: number): number[] {
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const times = Array.from({ length: count }, (_, index) =>
    Math.round((index + 0.9 * random()) * period),
  );
  return times.map((time, index) => (index % 17 === 3 ? (times[index - 1] ?? time) : time));
}

const logTimes = {
  joints: irregularTimes(JOINTS, 8e6, 7),
  images: irregularTimes(IMAGES, 33e6, 11),
};
/** Header stamps: earlier by a delay that varies so much that the order differs from the log's. */
const delayed = (times: readonly number[], seed: number) => {
  const delays = irregularTimes(times.length, 1, seed);
  return times.map(
    (time, index) => time - ((delays[index] ?? 0) % 7) * 13e6 - (index % 3) * 11e6 - 1,
  );
};
const stampTimes = { joints: delayed(logTimes.joints, 3), images: delayed(logTimes.images, 5) };

function stampOf(time: number) {
  const nanoseconds = RECORDING_START + BigInt(time);
  return {
    sec: Number(nanoseconds / 1_000_000_000n),
    nanosec: Number(nanoseconds % 1_000_000_000n),
  };
}

function counters(
  log: readonly number[],
  stamps: readonly number[],
  value: (counter: number, stamp: object) => unknown,
): GeneratedMessage[] {
  return log.map((time, counter) => ({
    time,
    value: value(counter, stampOf(stamps[counter] ?? 0)),
  }));
}

/** The counter that a frame must hold, by the rule as the documentation words it. */
function expected(
  sync: "hold" | "nearest" | "linear",
  times: readonly number[],
  frame: number,
): number {
  const messages = times
    .map((time, counter) => ({ time, counter }))
    .toSorted((a, b) => a.time - b.time || a.counter - b.counter);
  const before = messages.findLast(({ time }) => time <= frame);
  const after = messages.find(({ time }) => time > frame);
  if (before === undefined) throw new Error("the frame lies before the first message");
  if (sync === "hold" || after === undefined) return before.counter;
  if (sync === "linear") {
    const weight = (frame - before.time) / (after.time - before.time);
    return before.counter + weight * (after.counter - before.counter);
  }
  if (frame - before.time > after.time - frame) return after.counter;
  // Of messages at one instant the first ends the frames before it, the last begins those after.
  return (
    (frame === before.time ? messages.find(({ time }) => time === frame) : before)?.counter ?? -1
  );
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-which-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(["log", "header"] as const)("by %s time", (clock) => {
  it("every frame took the message that its rule says", async () => {
    await using generated = await generateRecording({
      "/joints": {
        type: "sensor_msgs/msg/JointState",
        messages: counters(logTimes.joints, stampTimes.joints, (counter, stamp) => ({
          header: { stamp, frame_id: "" },
          name: ["counter"],
          position: [counter],
          velocity: [],
          effort: [],
        })),
      },
      "/cam": {
        type: "sensor_msgs/msg/Image",
        messages: counters(logTimes.images, stampTimes.images, (counter, stamp) => ({
          ...counterImage(counter),
          header: { stamp, frame_id: "" },
        })),
      },
    });
    const joints = (sync: string) =>
      `[[mappings]]\ntopic = "/joints"\nfeature = "joints.${sync}"\nsync = "${sync}"`;
    const camera = (sync: string) =>
      `[[mappings]]\ntopic = "/cam"\nfeature = "observation.images.${sync}"\nmapping_type = "image"\nsync = "${sync}"`;
    const config = LerobotConfig.fromToml(
      [
        `[dataset]\nname = "t"\nfps = ${FPS}\ntime = "${clock}"`,
        ...["hold", "nearest", "linear"].map(joints),
        ...["hold", "nearest"].map(camera),
        '[video]\npreset = "ultrafast"\ncrf = 10',
      ].join("\n"),
    );
    const output = join(directory, clock);
    const source = {
      url: "x",
      size: 0,
      identity: "",
      configHash: config.hash,
      annotationHash: null,
    };
    const manifest = await convertRecording({
      recording: generated.recording,
      config,
      directory: output,
      source,
      software: "test",
    });

    const times = clock === "log" ? logTimes : stampTimes;
    const first = Math.max(Math.min(...times.joints), Math.min(...times.images));
    const last = Math.min(Math.max(...times.joints), Math.max(...times.images));
    const frames: number[] = [];
    for (let offset = 0; offset <= last - first; offset = Math.floor((frames.length * 1e9) / FPS))
      frames.push(first + offset);
    expect(manifest.length).toBe(frames.length);

    const table = await readEpisodeTable(join(output, manifest.data.file));
    for (const sync of ["hold", "nearest", "linear"] as const)
      expect([...(table[`joints.${sync}`]?.values ?? [])]).toEqual(
        frames.map((frame) => Math.fround(expected(sync, times.joints, frame))),
      );
    for (const sync of ["hold", "nearest"] as const) {
      const shown: number[] = [];
      const video = manifest.videos[`observation.images.${sync}`]?.segments[0]?.file ?? "";
      await decodeVideo(join(output, video), {
        onFrame: (frame) => shown.push(readCounter(frame)),
      });
      expect(shown).toEqual(frames.map((frame) => expected(sync, times.images, frame)));
    }
  });
});
