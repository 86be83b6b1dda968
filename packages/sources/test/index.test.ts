import { StorageError } from "@roboflow/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { openRecording, type Recording } from "../src/index.js";
import { OPCODE } from "../src/mcap/record.js";
import { inMemory, recordingBytes, type RecordingLayout } from "../src/testing/index.js";
import { recordAt } from "./patched.js";
import { content, essence, inOrder, readAll } from "./recorded.js";

const { recorded, messages } = content(
  Array.from({ length: 20 }, (_, i) => ({ topic: 0, time: 1000 - i })),
);
const everything = inOrder(messages).map(essence);

async function open(bytes: Uint8Array, options?: Parameters<typeof openRecording>[1]) {
  return openRecording(inMemory(bytes), options);
}

async function expectWhole(recording: Recording): Promise<void> {
  expect((await readAll(recording)).map(essence)).toEqual(everything);
}

describe("a file without an index to rely on", () => {
  it.each<[RecordingLayout, string]>([
    [{ index: "no-summary" }, "it has no summary"],
    [{ index: "no-statistics" }, "its summary has no statistics"],
    [{ index: "no-message-index" }, "not all of its messages are indexed"],
    [{ chunks: false }, "its messages lie outside chunks, or are not indexed"],
  ])("is read by a pass over it (%o)", async (layout, why) => {
    const recording = await open(await recordingBytes(recorded, layout), { strict: true });
    const message = `memory://test.mcap: ${why}; a pass over the file replaces the index`;
    expect(recording.warnings).toEqual([{ code: "no-index", message }]);
    await expectWhole(recording);
  });

  it("is told of where its index is damaged, and refused when strict", async () => {
    const bytes = await recordingBytes(recorded, { chunkSize: 300 });
    // Within the summary, whose checksum tells.
    bytes[bytes.length - 200] = (bytes[bytes.length - 200] ?? 0) ^ 1;
    const recording = await open(bytes);
    expect(recording.warnings).toMatchObject([
      { code: "no-index", message: expect.stringContaining("its summary can't be read") },
    ]);
    await expectWhole(recording);
    await expect(open(bytes, { strict: true })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      message: "memory://test.mcap: the index is damaged: its summary can't be read",
    });
  });

  it.each([true, false])(
    "is not what a storage gives that is away (strict: %s)",
    async (strict) => {
      const file = inMemory(await recordingBytes(recorded, { chunkSize: 300 }));
      const away = new StorageError("ERR_ROBOFLOW_STORAGE_UNAVAILABLE", "memory: no connection", {
        permanence: "transient",
      });
      let failures = 0;
      for (let lost = 0; failures === lost; lost++) {
        let reads = 0;
        const flaky = {
          ...file,
          async read(offset: number, length: number) {
            if (reads++ === lost) throw away;
            return file.read(offset, length);
          },
        };
        const opened = openRecording(flaky, { strict });
        failures += await opened.then(
          ({ warnings }) => (expect(warnings).toEqual([]), 0),
          (error: unknown) => (expect(error).toBe(away), 1),
        );
      }
      expect(failures).toBeGreaterThan(3);
    },
  );

  it("stops its pass when aborted", async () => {
    const bytes = await recordingBytes(recorded, { chunkSize: 300, index: "no-summary" });
    const controller = new AbortController();
    const file = inMemory(bytes);
    const aborting = {
      ...file,
      async read(offset: number, length: number) {
        if (file.reads.length > 4) controller.abort(new Error("enough"));
        return file.read(offset, length);
      },
    };
    await expect(openRecording(aborting, { signal: controller.signal })).rejects.toThrow("enough");
    expect(file.reads.length).toBeLessThan(10);
  });
});

describe("what is beside the messages", () => {
  it.each<RecordingLayout>([{}, { index: "no-summary" }, { chunks: false }])(
    "is listed (%o)",
    async (layout) => {
      const extra = { metadata: ["operator", "robot"], attachments: ["calibration.yaml"] };
      const bytes = await recordingBytes({ ...recorded, ...extra }, layout);
      expect(await open(bytes)).toMatchObject(extra);
    },
  );
});

describe("a pass over a file", () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    const whole = await recordingBytes(recorded, { chunks: false, index: "no-summary" });
    // What follows the data, and the checksum over it, would not fit what is put in.
    bytes = whole.slice(0, recordAt(whole, OPCODE.DATA_END).at);
  });

  /** With a record put before the sixth message. */
  function withRecord(record: Uint8Array): Uint8Array {
    const { at } = recordAt(bytes, OPCODE.MESSAGE, 5);
    return Buffer.concat([bytes.subarray(0, at), record, bytes.subarray(at)]);
  }

  function record(opcode: number, body: Uint8Array): Uint8Array {
    const prefix = new Uint8Array(9);
    prefix[0] = opcode;
    new DataView(prefix.buffer).setBigUint64(1, BigInt(body.length), true);
    return Buffer.concat([prefix, body]);
  }

  it("passes over private records", async () => {
    await expectWhole(await open(withRecord(record(0x90, new Uint8Array(50)))));
  });

  it("takes a repeated declaration, and refuses one that differs", async () => {
    const { at, length } = recordAt(bytes, OPCODE.CHANNEL);
    const declaration = bytes.slice(at, at + 9 + length);
    await expectWhole(await open(withRecord(declaration)));
    const topicAt = 9 + 4 + 4;
    declaration[topicAt] = 0x21;
    await expect(open(withRecord(declaration))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      message: expect.stringMatching(/the record at byte \d+ declares channel 0 a second time$/),
    });
  });

  it.each([
    ["is of an unknown kind", record(0x33, new Uint8Array(5))],
    ["is no header", record(OPCODE.HEADER, new Uint8Array(8))],
    ["is too short for a message", record(OPCODE.MESSAGE, new Uint8Array(21))],
    [
      "is a message of channel 9, which is not declared",
      record(OPCODE.MESSAGE, Uint8Array.of(9, ...new Uint8Array(30))),
    ],
    ["is malformed", record(OPCODE.SCHEMA, new Uint8Array(3))],
    ["is malformed", record(OPCODE.MESSAGE_INDEX, new Uint8Array(9).fill(1))],
    ["is malformed", record(OPCODE.ATTACHMENT, new Uint8Array(4))],
  ])("stops at a record that %s", async (problem, bad) => {
    const { at } = recordAt(bytes, OPCODE.MESSAGE, 5);
    await expect(open(withRecord(bad))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      message: `memory://test.mcap: the record at byte ${at} ${problem}`,
    });
    const salvaged = await open(withRecord(bad), { salvage: true });
    expect(salvaged.warnings).toMatchObject([{ code: "salvaged" }]);
    expect(await readAll(salvaged)).toHaveLength(5);
  });
});
