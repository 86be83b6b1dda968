import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3TestServer } from "@roboflow/s3-testkit";
import { createStorage } from "@roboflow/storage";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openRecording } from "../src/index.js";
import { type RecordedMessage, writeRecording } from "../src/testing/index.js";

const URL_OF_RUN = "s3://robots/run.mcap";
const SECONDS = 30;
const CAMERA_BYTES = 100_000;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "object storage "));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Joints at 10 Hz, a camera, and a lidar with as many bytes again that nobody wants. */
function* messages(): Generator<RecordedMessage> {
  for (let second = 0; second < SECONDS; second++) {
    const at = (tenth: number): bigint =>
      BigInt(second) * 1_000_000_000n + BigInt(tenth) * 100_000_000n;
    for (let tenth = 0; tenth < 10; tenth++) {
      yield { topic: "/joints", logTime: at(tenth), data: new Uint8Array(40).fill(tenth) };
    }
    yield {
      topic: "/camera",
      logTime: at(9) + 1n,
      data: new Uint8Array(CAMERA_BYTES).fill(second),
    };
    yield { topic: "/lidar", logTime: at(9) + 2n, data: new Uint8Array(CAMERA_BYTES).fill(255) };
  }
}

const topic = (name: string) => ({
  topic: name,
  type: "test/msg/Bytes",
  definition: "uint8[] data",
});

it("reads of an indexed recording what is wanted, once, and never all of it", async () => {
  await using server = await S3TestServer.start({ buckets: ["robots"] });
  await using storage = createStorage({ env: server.env });
  // Chunks of about one message, so that each topic has its own.
  const layout = { chunkSize: 50_000 };
  const topics = [topic("/joints"), topic("/camera"), topic("/lidar")];
  const path = join(directory, "run.mcap");
  await writeRecording(path, { topics, messages: messages() }, layout);
  const recorded = await storage.upload(URL_OF_RUN, path);
  server.clearLog();

  await using file = await storage.open(URL_OF_RUN);
  const recording = await openRecording(file);
  const seen: number[] = [];
  for await (const { data } of recording.messages({ topics: ["/camera"] })) {
    expect(data.length).toBe(CAMERA_BYTES);
    seen.push(data[0] ?? -1);
  }
  expect(seen).toEqual(Array.from({ length: SECONDS }, (_, i) => i));

  const reads = server.log.filter(({ operation }) => operation === "GetObject");
  const received = reads.reduce((sum, { sent }) => sum + sent, 0);
  const wanted = SECONDS * CAMERA_BYTES;
  expect(received).toBeGreaterThan(wanted);
  // Beside the wanted chunks: the head, the summary, the message indexes.
  expect(received).toBeLessThan(wanted * 1.1);
  expect(recorded.size).toBeGreaterThan(wanted * 2);
});
