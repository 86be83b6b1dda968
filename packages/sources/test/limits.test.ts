import { beforeAll, describe, expect, it } from "vitest";
import { openRecording } from "../src/index.js";
import { OPCODE } from "../src/mcap/record.js";
import { inMemory, recordingBytes } from "../src/testing/index.js";
import { patchedChunkSize, recordAt, withUint64 } from "./patched.js";
import { content, readAll } from "./recorded.js";

const { recorded } = content(Array.from({ length: 20 }, (_, i) => ({ topic: 0, time: 1000 + i })));
let chunked: Uint8Array;
let unchunked: Uint8Array;

beforeAll(async () => {
  chunked = await recordingBytes(recorded, { compression: "zstd", chunkSize: 400 });
  unchunked = await recordingBytes(recorded, { chunks: false });
});

/** Fails the test if more than a few KiB are asked for at once. */
function frugal(bytes: Uint8Array): ReturnType<typeof inMemory> {
  const file = inMemory(bytes);
  return {
    ...file,
    async read(offset, length) {
      expect(length).toBeLessThanOrEqual(64 * 1024);
      return file.read(offset, length);
    },
  };
}

async function readWhole(bytes: Uint8Array, salvage = false): Promise<number> {
  return (await readAll(await openRecording(frugal(bytes), { salvage }))).length;
}

describe("absurd sizes take no memory", () => {
  it.each([2n ** 40n, 300n * 2n ** 20n, 2n ** 63n, 70_000_000n])(
    "a chunk that claims to hold %d bytes",
    async (size) => {
      const bytes = patchedChunkSize(chunked, size);
      const problem = {
        code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
        message: expect.stringMatching(/chunk 1 at byte \d+ claims to hold \d+ bytes in \d+$/),
      };
      await expect(readWhole(bytes)).rejects.toMatchObject(problem);
      expect(await readWhole(bytes, true)).toBeGreaterThan(0);
    },
  );

  it.each([2n ** 33n, 2n ** 63n])("a chunk whose record claims %d bytes", async (length) => {
    const { at } = recordAt(chunked, OPCODE.CHUNK, 1);
    const bytes = withUint64(chunked, at + 1, length);
    await expect(readWhole(bytes)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      message: `memory://test.mcap: chunk 1 at byte ${at} is not where the index says`,
    });
    expect(await readWhole(bytes, true)).toBeGreaterThan(0);
  });

  it.each([2n ** 33n, 2n ** 63n])("a message whose record claims %d bytes", async (length) => {
    const { at } = recordAt(unchunked, OPCODE.MESSAGE, 5);
    const bytes = withUint64(unchunked, at + 1, length);
    await expect(readWhole(bytes)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      message: `memory://test.mcap: the record at byte ${at} has an impossible length`,
    });
    expect(await readWhole(bytes, true)).toBe(5);
  });

  it("a record of 300 MB that is there, in a file with holes", async () => {
    const { at } = recordAt(unchunked, OPCODE.MESSAGE, 5);
    const head = withUint64(unchunked, at + 1, 300_000_000n);
    const file = { ...frugal(head), size: 400_000_000 };
    await expect(openRecording(file)).rejects.toMatchObject({
      message: `memory://test.mcap: the record at byte ${at} claims 300000000 bytes, too many`,
    });
  });

  it("a summary that claims to begin at the start of a large file", async () => {
    const tail = chunked.length - 8 - 20;
    const bytes = withUint64(chunked, tail, 30n);
    const all = await readAll(await openRecording(inMemory(bytes)));
    expect(all).toHaveLength(20);
  });
});

describe("a chunk's compression", () => {
  it("is named when it is not supported", async () => {
    const { at } = recordAt(chunked, OPCODE.CHUNK, 1);
    const bytes = Uint8Array.from(chunked);
    bytes.set(new TextEncoder().encode("snap"), at + 9 + 32);
    await expect(readWhole(bytes)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      permanence: "permanent",
      message: `memory://test.mcap: chunk 1 at byte ${at} has a compression that is not supported`,
      hint: "Supported are zstd, lz4 and none.",
    });
  });
});
