import { writeRecording, type RecordedMessage } from "@roboflow/sources/testing";
import { jpegImage, type Picture } from "../test/support/pictures.js";

/** Two cameras of 640x480 JPEG at 30 Hz and seven joints at 100 Hz: what most arms record. */
export const CAMERAS = ["front", "wrist"] as const;
const WIDTH = 640;
const HEIGHT = 480;
const CAMERA_HZ = 30;
const JOINT_HZ = 100;
/** Pictures of one camera before they repeat. */
const DISTINCT = 30;
const START = 1_760_000_000_000_000_000n;
const JOINTS = ["pan", "lift", "elbow", "wrist_1", "wrist_2", "wrist_3", "gripper"];

export const BENCH_CONFIG = [
  '[dataset]\nname = "bench"\nfps = 30\ntask = "bench"',
  '[[mappings]]\ntopic = "/joints"\nfeature = "observation.state"',
  ...CAMERAS.map(
    (name) =>
      `[[mappings]]\ntopic = "/${name}"\nfeature = "observation.images.${name}"\nmapping_type = "image"`,
  ),
  '[video]\ncodec = "libx264"\ncrf = 18\npreset = "fast"\n',
].join("\n");

/** The pictures of a camera, as JPEG; the same on every machine. */
export async function benchPictures(camera: number): Promise<Uint8Array[]> {
  const images: Uint8Array[] = [];
  for (let step = 0; step < DISTINCT; step++)
    images.push((await jpegImage(texture(camera * DISTINCT + step))).data);
  return images;
}

/** Structure at several scales that moves, so that neither JPEG nor H.264 has it too easy. */
function texture(step: number): Picture {
  const wave = (value: number): number => Math.round(127.5 + 127.5 * Math.sin(value));
  const paint: Picture["paint"] = (x, y) => [
    wave((x + 3 * step) / 37 + y / 91),
    wave((x * y) / 5000 + step / 9),
    (((x >> 4) ^ (y >> 4)) & 1) * 90 + (wave(x / 3 + y / 5 + step) >> 2),
  ];
  return { width: WIDTH, height: HEIGHT, paint };
}

/** Writes the recording of so many seconds, zstd-compressed as ROS recorders do. */
export async function writeBenchRecording(path: string, seconds: number): Promise<void> {
  const pictures = await Promise.all(CAMERAS.map((_, index) => benchPictures(index)));
  const topics = [
    { topic: "/joints", type: "sensor_msgs/msg/JointState" },
    ...CAMERAS.map((name) => ({ topic: `/${name}`, type: "sensor_msgs/msg/CompressedImage" })),
  ];
  await writeRecording(
    path,
    { topics, messages: messages(seconds, pictures) },
    { compression: "zstd" },
  );
}

function* messages(seconds: number, pictures: readonly Uint8Array[][]): Generator<RecordedMessage> {
  let frame = 0;
  for (let tick = 0; tick < seconds * JOINT_HZ; tick++) {
    const time = tick / JOINT_HZ;
    yield { topic: "/joints", logTime: nanoseconds(time), value: joints(time) };
    for (; frame / CAMERA_HZ < time + 1 / JOINT_HZ; frame++) {
      const logTime = nanoseconds(frame / CAMERA_HZ);
      const header = headerAt(logTime);
      for (const [index, name] of CAMERAS.entries()) {
        const data = pictures[index]?.[frame % DISTINCT];
        yield { topic: `/${name}`, logTime, value: { header, format: "jpeg", data } };
      }
    }
  }
}

function joints(time: number) {
  const position = JOINTS.map((_, joint) => Math.sin(time + joint));
  const header = headerAt(nanoseconds(time));
  return { header, name: JOINTS, position, velocity: position, effort: [] };
}

const nanoseconds = (seconds: number): bigint => START + BigInt(Math.round(seconds * 1e9));

const headerAt = (time: bigint) => ({
  stamp: { sec: Number(time / 1_000_000_000n), nanosec: Number(time % 1_000_000_000n) },
  frame_id: "",
});
