import { expect, it } from "vitest";
import { inspectRecording, openRecording } from "../src/index.js";
import { OPCODE } from "../src/mcap/record.js";
import { inMemory, recordingBytes } from "../src/testing/index.js";
import { recordAt } from "./patched.js";
import { content, readAll } from "./recorded.js";

/** Topic 0 in the first half of the file, topic 1 in the second. */
const halves = content(
  Array.from({ length: 200 }, (_, i) => ({ topic: i < 100 ? 0 : 1, time: i % 100 })),
);

it("reads only the chunks that hold wanted topics, and none to open or inspect", async () => {
  const bytes = await recordingBytes(halves.recorded, { chunkSize: 1000, compression: "zstd" });
  const file = inMemory(bytes);
  const chunkReads = (): number => file.reads.filter(([at]) => isChunk(bytes, at)).length;

  const recording = await openRecording(file);
  expect(recording.topics.get("/t0")?.messageCount).toBe(100);
  await inspectRecording(recording);
  expect(chunkReads()).toBe(0);

  await readAll(recording, { topics: ["/t1"] });
  const some = chunkReads();
  file.reads.length = 0;
  await readAll(recording);
  expect(some).toBeGreaterThan(2);
  expect(some).toBeLessThan(chunkReads());
});

it("reads no chunk outside the wanted time", async () => {
  const steady = content(Array.from({ length: 200 }, (_, i) => ({ topic: 0, time: i })));
  const file = inMemory(await recordingBytes(steady.recorded, { chunkSize: 1000 }));
  const recording = await openRecording(file);
  file.reads.length = 0;
  const some = await readAll(recording, { startTime: 100n, endTime: 101n });
  expect(some.map(({ logTime }) => logTime)).toEqual([100n, 101n]);
  expect(file.reads.length).toBeLessThanOrEqual(2);
});

it("names the topic that is not there, and near ones", async () => {
  const recording = await openRecording(inMemory(await recordingBytes(halves.recorded)));
  await expect(readAll(recording, { topics: ["/t0", "/T1x"] })).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_SOURCE_TOPIC",
    message: "memory://test.mcap: there is no topic /T1x",
    hint: expect.stringContaining("Did you mean /t1"),
  });
});

it("tells by its message index when a chunk holds other messages", async () => {
  const bytes = await recordingBytes(halves.recorded, { chunkSize: 1000 });
  const { at } = recordAt(bytes, OPCODE.MESSAGE_INDEX, 0);
  // Times of its first two entries, which lie in the chunk's range either way.
  const swapped = Uint8Array.from(bytes);
  swapped.set(bytes.subarray(at + 31, at + 39), at + 15);
  const recording = await openRecording(inMemory(swapped));
  await expect(readAll(recording)).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
    message: expect.stringMatching(/chunk 0 at byte \d+ holds other messages than its index says$/),
  });
});

function isChunk(bytes: Uint8Array, at: number): boolean {
  for (let nth = 0; ; nth += 1) {
    try {
      if (recordAt(bytes, OPCODE.CHUNK, nth).at === at) return true;
    } catch {
      return false;
    }
  }
}
