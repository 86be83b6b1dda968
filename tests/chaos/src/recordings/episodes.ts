import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeRecording, type RecordedMessage } from "@roboflow/sources/testing";

/** Recordings of a scenario, in the order in which they are submitted. */
export const EPISODES = 4;
const FPS = 10;
const SIDE = 64;

const CONFIG = `
[dataset]
name = "chaos"
fps = ${FPS}
task = "survive"

[[mappings]]
topic = "/counter"
feature = "observation.counter"
mapping_type = "other"

[[mappings]]
topic = "/joints"
feature = "observation.state"

[[mappings]]
topic = "/camera"
feature = "observation.images.front"
mapping_type = "image"

[video]
preset = "ultrafast"
threads = 1
`;

/** Frames of an episode; the last is long enough to be interrupted between two checkpoints. */
export function framesOf(episode: number): number {
  return episode === EPISODES - 1 ? 90 : 12 + episode * 2;
}

/** What `observation.counter` holds in a frame: by it one sees which episode this is. */
export function counterAt(episode: number, frame: number): number {
  return episode * 100 + frame;
}

export function recordingName(episode: number): string {
  return `run-${episode}.mcap`;
}

/** Writes the recordings and `robot.toml`; always the same bytes. */
export async function writeRecordings(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "robot.toml"), CONFIG);
  for (let episode = 0; episode < EPISODES; episode++) {
    await writeRecording(
      join(directory, recordingName(episode)),
      {
        topics: [
          { topic: "/counter", type: "std_msgs/msg/Float64" },
          { topic: "/joints", type: "std_msgs/msg/Float64MultiArray" },
          { topic: "/camera", type: "sensor_msgs/msg/Image" },
        ],
        messages: messages(episode),
      },
      { chunkSize: 64 * 1024 },
    );
  }
}

function* messages(episode: number): Generator<RecordedMessage> {
  for (let frame = 0; frame < framesOf(episode); frame++) {
    const logTime = BigInt(frame) * BigInt(1e9 / FPS);
    yield { topic: "/counter", logTime, value: { data: counterAt(episode, frame) } };
    const data = [Math.sin(frame / 3 + episode), Math.cos(frame / 5), frame / 10];
    yield { topic: "/joints", logTime, value: { layout: { dim: [], data_offset: 0 }, data } };
    yield { topic: "/camera", logTime, value: picture(episode, frame) };
  }
}

/** A slope that moves from frame to frame, another one in each episode. */
function picture(episode: number, frame: number): unknown {
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: "" },
    height: SIDE,
    width: SIDE,
    encoding: "rgb8",
    is_bigendian: 0,
    step: SIDE * 3,
    data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => {
      const x = Math.floor(at / 3) % SIDE;
      const y = Math.floor(at / 3 / SIDE);
      return (x * (episode + 1) + y * 2 + frame * 7 + (at % 3) * 40) & 255;
    }),
  };
}
