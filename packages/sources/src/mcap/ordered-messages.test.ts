import { describe, expect, it } from "vitest";
import { content, essence, inOrder } from "../../test/recorded.js";
import { inMemory, type InMemoryFile, recordingBytes } from "../testing/index.js";
import { readFileEnd } from "./file-end.js";
import type { McapIndex } from "./mcap-index.js";
import { orderedMessages, type OrderedReadOptions } from "./ordered-messages.js";
import { scanIndex } from "./scanned-index.js";

/** Every message of `count` in a chunk of its own or a few, all mixed up in time. */
async function mixed(count: number): Promise<{
  readonly file: InMemoryFile;
  readonly index: McapIndex;
  readonly expected: string[];
}> {
  const times = Array.from({ length: count }, (_, i) => ({
    topic: i % 2,
    time: (i * 7919) % 1000,
  }));
  const { recorded, messages } = content(times);
  const file = inMemory(await recordingBytes(recorded, { chunkSize: 500, compression: "zstd" }));
  const index = await scanIndex(file, await readFileEnd(file), {});
  file.reads.length = 0;
  return { file, index, expected: inOrder(messages).map(essence) };
}

const everything: OrderedReadOptions = {
  topics: new Map([
    [0, "/t0"],
    [1, "/t1"],
  ]),
  startTime: 0n,
  endTime: 2n ** 64n - 1n,
  signal: undefined,
};

async function essences(
  { file, index }: Awaited<ReturnType<typeof mixed>>,
  maxLoadedBytes: number,
) {
  const all: string[] = [];
  for await (const message of orderedMessages(file, index.blocks, {
    ...everything,
    maxLoadedBytes,
  })) {
    all.push(essence(message));
  }
  return all;
}

describe("orderedMessages", () => {
  it("loads each block once while they fit", async () => {
    const recording = await mixed(60);
    expect(await essences(recording, 1_000_000)).toEqual(recording.expected);
    expect(recording.file.reads).toHaveLength(recording.index.blocks.length);
  });

  it("gives the same when few blocks fit, loading them again", async () => {
    const recording = await mixed(60);
    expect(await essences(recording, 1_200)).toEqual(recording.expected);
    expect(recording.file.reads.length).toBeGreaterThan(recording.index.blocks.length);
  });

  it("loads a block only when its first message may be next", async () => {
    const times = Array.from({ length: 100 }, (_, i) => ({ topic: 0, time: i }));
    const file = inMemory(await recordingBytes(content(times).recorded, { chunkSize: 300 }));
    const { blocks } = await scanIndex(file, await readFileEnd(file), {});
    file.reads.length = 0;
    let seen = 0;
    for await (const message of orderedMessages(file, blocks, everything)) {
      seen += 1;
      const begun = blocks.filter(
        ({ tallies }) => (tallies.get(0)?.first ?? 0n) <= message.logTime,
      );
      expect(file.reads).toHaveLength(begun.length);
    }
    expect(seen).toBe(100);
  });

  it("stops when aborted, and reads no more", async () => {
    const recording = await mixed(60);
    const controller = new AbortController();
    const options = { ...everything, signal: controller.signal };
    const messages = orderedMessages(recording.file, recording.index.blocks, options);
    await messages.next();
    const { length } = recording.file.reads;
    controller.abort(new Error("enough"));
    await expect(messages.next()).rejects.toThrow("enough");
    expect(recording.file.reads).toHaveLength(length);
  });

  it("notices a file that changed since it was indexed", async () => {
    const { index, file } = await mixed(60);
    const other = await mixed(58);
    const read = async (): Promise<void> => {
      for await (const _ of orderedMessages(other.file, index.blocks, everything));
    };
    expect(file.size).not.toBe(other.file.size);
    await expect(read()).rejects.toMatchObject({ code: "ERR_ROBOFLOW_SOURCE_CORRUPT" });
  });
});
