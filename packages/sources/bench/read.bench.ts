import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createStorage, toUrl } from "@roboflow/storage";
import { openRecording } from "../src/index.js";
import {
  type RecordedMessage,
  type RecordingLayout,
  writeRecording,
} from "../src/testing/index.js";

/*
 * Decoded messages a second of a recording with joints only, beside Python's reader (`mcap` and
 * `mcap-ros2-support`) in turns, if ROBOFLOW_BENCH_PYTHON names a Python that has them. Both add up
 * a field of each message, which must come out the same. Each Python run starts its clock after
 * its imports.
 */

const MESSAGES = 60_000;
const RUNS = 7;
const JOINTS = ["shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3", "grip"];
const PYTHON_READER = `
import sys, time
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
with open(sys.argv[1], "rb") as file:
    start = time.perf_counter()
    total = 0.0
    for _, _, _, message in make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages():
        total += message.position[1]
    print(time.perf_counter() - start, total)
`;

const LAYOUTS: readonly [name: string, layout: RecordingLayout][] = [
  ["zstd chunks", { compression: "zstd" }],
  ["uncompressed chunks", {}],
  ["no chunks, no index", { chunks: false, index: "no-summary" }],
];

interface Run {
  readonly seconds: number;
  readonly total: number;
}

const python = process.env["ROBOFLOW_BENCH_PYTHON"];
const directory = await mkdtemp(join(tmpdir(), "roboflow-read-bench-"));
try {
  for (const [name, layout] of LAYOUTS) {
    const path = join(directory, `${name}.mcap`);
    const topics = [{ topic: "/joint_states", type: "sensor_msgs/msg/JointState" }];
    await writeRecording(path, { topics, messages: jointStates() }, layout);
    await compare(name, path);
  }
} finally {
  await rm(directory, { recursive: true });
}
if (python === undefined) console.log("ROBOFLOW_BENCH_PYTHON is not set: nothing to compare with");

/** Medians of runs in turns; one line. */
async function compare(name: string, path: string): Promise<void> {
  const own: Run[] = [];
  const peer: Run[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    own.push(await read(path));
    if (python !== undefined) peer.push(await readWithPython(python, path));
  }
  const totals = new Set([...own, ...peer].map(({ total }) => total.toFixed(3)));
  if (totals.size !== 1) throw new Error(`the readers disagree: ${[...totals].join(", ")}`);
  const ownRate = MESSAGES / median(own);
  if (peer.length === 0) {
    console.log(`${name}: ${ownRate.toFixed(0)} messages/s`);
    return;
  }
  const peerRate = MESSAGES / median(peer);
  console.log(
    `${name}: ${ownRate.toFixed(0)} messages/s, Python ${peerRate.toFixed(0)}, ratio ${(ownRate / peerRate).toFixed(1)}`,
  );
}

async function read(path: string): Promise<Run> {
  await using storage = createStorage();
  await using file = await storage.open(toUrl(path, "/"));
  const start = performance.now();
  const recording = await openRecording(file);
  let total = 0;
  for await (const message of recording.messages()) {
    const { position } = recording.decode(message) as { readonly position: Float64Array };
    total += position[1] ?? 0;
  }
  return { seconds: (performance.now() - start) / 1000, total };
}

async function readWithPython(command: string, path: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(command, ["-c", PYTHON_READER, path]);
  const [seconds, total] = stdout.trim().split(" ").map(Number);
  return { seconds: seconds ?? Number.NaN, total: total ?? Number.NaN };
}

function* jointStates(): Generator<RecordedMessage> {
  const start = 1_760_000_000_000_000_000n;
  for (let i = 0; i < MESSAGES; i += 1) {
    const logTime = start + BigInt(i) * 10_000_000n;
    const position = JOINTS.map((_, joint) => Math.sin(i / 100 + joint));
    const velocity = JOINTS.map((_, joint) => Math.cos(i / 100 + joint));
    const stamp = {
      sec: Number(logTime / 1_000_000_000n),
      nanosec: Number(logTime % 1_000_000_000n),
    };
    const header = { stamp, frame_id: "base" };
    const value = { header, name: JOINTS, position, velocity, effort: velocity };
    yield { topic: "/joint_states", logTime, value };
  }
}

function median(runs: readonly Run[]): number {
  return runs.map(({ seconds }) => seconds).sort((a, b) => a - b)[runs.length >> 1] ?? Number.NaN;
}
