import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReadAhead } from "./read-ahead.js";

const KiB = 1024;
const MiB = 1024 * KiB;

/** An object of so many bytes, each its offset modulo 256 plus that of its block, and what was fetched. */
function source(size: number) {
  const fetched: (readonly [number, number])[] = [];
  let fails = 0;
  const reader = new ReadAhead(size, async (start, end) => {
    fetched.push([start, end]);
    await Promise.resolve();
    if (fails > 0) {
      fails -= 1;
      throw new Error("no answer");
    }
    return contentOf(start, end);
  });
  return {
    reader,
    fetched,
    bytes: () => fetched.reduce((sum, [start, end]) => sum + (end - start), 0),
    failNext: (count: number) => (fails = count),
  };
}

const BLOCK = Uint8Array.from({ length: 64 * KiB }, (_, i) => (i + (i >> 8)) & 0xff);

function contentOf(start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let at = start; at < end;) {
    const within = at % BLOCK.length;
    const piece = BLOCK.subarray(within, within + Math.min(end - at, BLOCK.length - within));
    bytes.set(piece, at - start);
    at += piece.length;
  }
  return bytes;
}

it("gives the bytes asked for, whatever is announced and in whatever order", async () => {
  const size = 3 * MiB;
  const range = fc.record({
    offset: fc.integer({ min: 0, max: size + 10 }),
    length: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: MiB })),
  });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("read" as const),
      ranges: fc.array(range, { minLength: 1, maxLength: 1 }),
    }),
    fc.record({
      kind: fc.constant("read at once" as const),
      ranges: fc.array(range, { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant("announce" as const),
      ranges: fc.array(range, { maxLength: 20 }),
    }),
    fc.record({
      kind: fc.constant("announce and read" as const),
      ranges: fc.array(range, { maxLength: 20 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { reader } = source(size);
      const check = async ({
        offset,
        length,
      }: {
        offset: number;
        length: number;
      }): Promise<void> => {
        const got = Buffer.from(await reader.read(offset, length));
        const expected = contentOf(offset, Math.min(size, offset + length));
        expect(got.equals(expected)).toBe(true);
      };
      for (const { kind, ranges } of steps) {
        if (kind.startsWith("announce")) reader.announce(ranges);
        if (kind === "read at once") await Promise.all(ranges.map(check));
        if (kind === "read" || kind === "announce and read")
          for (const each of ranges) await check(each);
      }
      reader.close();
    }),
    { seed: 5, numRuns: 60 },
  );
});

describe("without an announcement", () => {
  it("fetches each byte of a run once, in ever larger pieces", async () => {
    const size = 40 * MiB;
    const { reader, fetched, bytes } = source(size);
    for (let at = 0; at < size; at += 100 * KiB) {
      await reader.read(at, 100 * KiB);
    }
    expect(bytes()).toBe(size);
    expect(fetched.length).toBeLessThan(25);
  });

  it("fetches no more behind a run than the run was long", async () => {
    const { reader, bytes } = source(40 * MiB);
    for (let at = 0; at < MiB; at += 128 * KiB) await reader.read(5 * MiB + at, 128 * KiB);
    await reader.read(20 * MiB, 200 * KiB);
    expect(bytes()).toBeLessThanOrEqual(2 * MiB + 200 * KiB);
  });

  it("fetches just what is read here and there", async () => {
    const { reader, bytes } = source(40 * MiB);
    for (const at of [30, 10, 20, 2]) await reader.read(at * MiB, 300 * KiB);
    expect(bytes()).toBe(4 * 300 * KiB);
  });

  it("takes small reads close together from one request", async () => {
    const { reader, fetched } = source(10 * MiB);
    await reader.read(0, 8);
    await reader.read(0, 64);
    await reader.read(10 * MiB - 37, 37);
    await reader.read(10 * MiB - 30 * KiB, 30 * KiB);
    expect(fetched).toEqual([
      [0, 64 * KiB],
      [10 * MiB - 64 * KiB, 10 * MiB],
    ]);
  });
});

describe("with an announcement", () => {
  /** 100 KiB of each MiB. */
  const ranges = Array.from({ length: 100 }, (_, i) => ({ offset: i * MiB, length: 100 * KiB }));

  it("fetches that and nothing else, each once", async () => {
    const { reader, fetched, bytes } = source(100 * MiB);
    reader.announce(ranges);
    for (const { offset, length } of ranges) await reader.read(offset, length);
    expect(bytes()).toBe(100 * 100 * KiB);
    expect(fetched).toHaveLength(100);
  });

  it("is ahead of the reader by a few requests", async () => {
    const { reader, fetched } = source(100 * MiB);
    reader.announce(ranges);
    expect(fetched).toHaveLength(8);
    await reader.read(0, 100 * KiB);
    expect(fetched.length).toBeGreaterThan(8);
  });

  it("holds no more than 32 MiB ahead", async () => {
    const { reader, fetched } = source(100 * MiB);
    reader.announce(
      Array.from({ length: 25 }, (_, i) => ({ offset: i * 4 * MiB, length: 4 * MiB })),
    );
    await reader.read(0, MiB);
    // The piece that is being read, and 32 MiB behind it.
    expect(fetched.at(-1)).toEqual([32 * MiB, 40 * MiB]);
  });

  it("joins neighbours into one request", async () => {
    const { reader, fetched } = source(100 * MiB);
    reader.announce([
      { offset: 0, length: MiB },
      { offset: MiB + 10 * KiB, length: MiB },
      { offset: 3 * MiB, length: MiB },
    ]);
    expect(fetched).toEqual([
      [0, 2 * MiB + 10 * KiB],
      [3 * MiB, 4 * MiB],
    ]);
  });

  it("tells the reader of a failure, and tries again with the next read", async () => {
    const { reader, failNext } = source(100 * MiB);
    failNext(1);
    reader.announce(ranges);
    await expect(reader.read(0, 10)).rejects.toThrow("no answer");
    expect(await reader.read(0, 10)).toEqual(contentOf(0, 10));
    expect(await reader.read(MiB, 10)).toEqual(contentOf(MiB, MiB + 10));
  });
});
