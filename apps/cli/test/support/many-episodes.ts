import { join } from "node:path";
import { writeRecording, type RecordedMessage } from "@roboflow/sources/testing";

const FPS = 10;
export const TASKS = ["pick the cube", "place the cube"] as const;
/** Elements of the wide feature: its statistics make `meta/episodes` grow. */
const WIDTH = 600;
const SIDE = 64;

export const MANY_CONFIG = `
[dataset]
name = "many"
fps = ${FPS}
data_files_size_in_mb = 1
video_files_size_in_mb = 1
[[mappings]]
topic = "/counter"
feature = "observation.counter"
mapping_type = "other"
[[mappings]]
topic = "/wide"
feature = "observation.state"
[[mappings]]
topic = "/camera"
feature = "observation.images.noise"
mapping_type = "image"
[video]
crf = 1
preset = "ultrafast"
`;

/** A recording that can't be told from its place, only by what is in it. */
export interface ManyEpisode {
  readonly ordinal: number;
  readonly source: string;
  readonly task: string;
  readonly frames: number;
  /** Value of the one-element feature in each frame. */
  readonly counters: readonly number[];
}

export function planEpisode(ordinal: number): ManyEpisode {
  const frames = 13 + (ordinal % 3);
  return {
    ordinal,
    // Names and submission order say nothing of the ordinal.
    source: `run-${(ordinal * 7) % 40}.mcap`,
    task: TASKS[Number(ordinal % 5 === 0)] ?? "",
    frames,
    counters: Array.from({ length: frames }, (_, frame) => ordinal * 100 + frame),
  };
}

/** Noise in pictures and numbers, which no codec makes small. */
export async function writeEpisode(directory: string, episode: ManyEpisode): Promise<void> {
  await writeRecording(join(directory, episode.source), {
    topics: [
      { topic: "/counter", type: "std_msgs/msg/Float64" },
      { topic: "/wide", type: "std_msgs/msg/Float64MultiArray" },
      { topic: "/camera", type: "sensor_msgs/msg/Image" },
    ],
    messages: messages(episode),
  });
}

function* messages({ ordinal, counters }: ManyEpisode): Generator<RecordedMessage> {
  const random = generator(ordinal);
  for (const [frame, data] of counters.entries()) {
    const logTime = BigInt(frame) * BigInt(1e9 / FPS);
    yield { topic: "/counter", logTime, value: { data } };
    const wide = Array.from({ length: WIDTH }, random);
    yield { topic: "/wide", logTime, value: { layout: { dim: [], data_offset: 0 }, data: wide } };
    yield { topic: "/camera", logTime, value: picture(random) };
  }
}

/** Grey: colour that changes from pixel to pixel would not survive yuv420p. */
function picture(random: () => number): unknown {
  const shades = Uint8Array.from({ length: SIDE * SIDE }, () => random() * 256);
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: "" },
    height: SIDE,
    width: SIDE,
    encoding: "rgb8",
    is_bigendian: 0,
    step: SIDE * 3,
    data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => shades[Math.floor(at / 3)] ?? 0),
  };
}

/** Numbers from 0 to 1 of a 32-bit linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
