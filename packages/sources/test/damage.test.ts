import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRecording, type RawMessage, type Recording, SourceError } from "../src/index.js";
import { inMemory, recordingBytes, type RecordingLayout } from "../src/testing/index.js";
import { OPCODE } from "../src/mcap/record.js";
import { recordAt } from "./patched.js";
import { content, essence, inOrder, readAll } from "./recorded.js";

const { recorded, messages } = content(
  Array.from({ length: 30 }, (_, i) => ({ topic: i % 3, time: 1000 + i * 10 - (i % 4) * 15 })),
);
const everything = inOrder(messages).map(essence);

const LAYOUTS: readonly (RecordingLayout & { readonly name: string; readonly step: number })[] = [
  { name: "indexed zstd chunks", step: 5, compression: "zstd", chunkSize: 300 },
  { name: "indexed lz4 chunks", step: 5, compression: "lz4", chunkSize: 300 },
  { name: "chunks without summary", step: 2, chunkSize: 300, index: "no-summary" },
  { name: "no chunks", step: 1, chunks: false },
];

/** The messages that lie in the first `count` of the file, in order. */
function prefix(count: number): string[] {
  return inOrder(messages.slice(0, count)).map(essence);
}

function countOf(recording: Recording): number {
  return [...recording.topics.values()].reduce((sum, { messageCount }) => sum + messageCount, 0);
}

function offsetIn(recording: Recording): number {
  return Number(/truncated at byte (\d+)/.exec(recording.warnings[0]?.message ?? "")?.[1]);
}

describe.each(LAYOUTS)("a file with $name", (layout) => {
  it("cut anywhere gives what lies before the cut, with a warning", async () => {
    const bytes = await recordingBytes(recorded, layout);
    let most = 0;
    for (let size = 8; size < bytes.length; size += layout.step) {
      const recording = await openRecording(inMemory(bytes.slice(0, size)));
      const all = await readAll(recording);
      expect(recording.warnings).toMatchObject([{ code: "truncated" }]);
      expect(offsetIn(recording)).toBeLessThanOrEqual(size);
      expect(countOf(recording)).toBe(all.length);
      expect(all.map(essence)).toEqual(prefix(all.length));
      expect(all.length).toBeGreaterThanOrEqual(most);
      most = all.length;
    }
    // The end that is missing last holds no messages.
    expect(most).toBe(messages.length);
  });

  it("with any bit flipped gives an error, a warned part, or all of it as it was", async () => {
    const bytes = await recordingBytes(recorded, layout);
    const seen = { error: 0, part: 0, whole: 0 };
    const flip = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(flip, fc.boolean(), async ({ at, bit }, salvage) => {
        const flipped = Uint8Array.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        let recording: Recording;
        let all: RawMessage[];
        try {
          recording = await openRecording(inMemory(flipped), { salvage });
          all = await readAll(recording);
        } catch (error) {
          if (!(error instanceof SourceError)) throw error;
          expect(error.permanence).toBe("permanent");
          expect(error.message).toContain("test.mcap: ");
          seen.error += 1;
          return;
        }
        expect(countOf(recording)).toBe(all.length);
        const isWhole = all.length === messages.length;
        seen[isWhole ? "whole" : "part"] += 1;
        if (isWhole && sameData(all)) return;
        const codes = recording.warnings.map(({ code }) => code);
        expect(codes.join()).toMatch(salvage ? /salvaged|truncated/ : /truncated/);
        const text = recording.warnings.map(({ message }) => message).join();
        if (text.includes("those near the damage may be wrong")) expect(layout.chunks).toBe(false);
        else expect(all.map(essence)).toEqual(prefix(all.length));
      }),
      { numRuns: 500, seed: 11 },
    );
    expect(seen.error).toBeGreaterThan(0);
    expect(seen.part).toBeGreaterThan(0);
    expect(seen.whole).toBeGreaterThan(0);
  });
});

function sameData(all: readonly RawMessage[]): boolean {
  return all.every((message, i) => essence(message) === everything[i]);
}

describe("a damaged opcode", () => {
  async function withOpcode(from: number, nth: number, to: number): Promise<Uint8Array> {
    const bytes = Uint8Array.from(await recordingBytes(recorded, { chunkSize: 300 }));
    bytes[recordAt(bytes, from, nth).at] = to;
    return bytes;
  }

  it("does not end a pass early, though it says that the data ends", async () => {
    const bytes = await withOpcode(OPCODE.MESSAGE_INDEX, 2, OPCODE.DATA_END);
    const recording = await openRecording(inMemory(bytes), { salvage: true });
    const message = expect.stringMatching(/the record at byte \d+ is of an unknown kind; the/);
    expect(recording.warnings).toMatchObject([{ code: "salvaged", message }]);
    const all = await readAll(recording);
    expect(all.length).toBeLessThan(messages.length);
    expect(all.map(essence)).toEqual(prefix(all.length));
  });

  it("leaves no hole where it makes a chunk look like a private record", async () => {
    const bytes = await withOpcode(OPCODE.CHUNK, 2, 0x80 | OPCODE.CHUNK);
    const recording = await openRecording(inMemory(bytes), { salvage: true });
    expect(recording.warnings).toMatchObject([{ code: "salvaged" }]);
    const all = await readAll(recording);
    expect(all.length).toBeGreaterThan(0);
    expect(all.length).toBeLessThan(messages.length);
    expect(all.map(essence)).toEqual(prefix(all.length));
  });

  it("makes no message of what was none", async () => {
    const bytes = await withOpcode(OPCODE.MESSAGE_INDEX, 2, OPCODE.MESSAGE);
    const recording = await openRecording(inMemory(bytes), { salvage: true });
    expect(recording.warnings).toMatchObject([{ code: "salvaged" }]);
    expect((await readAll(recording)).map(essence)).toEqual(everything);
  });
});
