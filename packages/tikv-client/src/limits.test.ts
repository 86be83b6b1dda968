import { expect, test } from "vitest";
import { keyCodecV1, keyCodecV2 } from "./key-codec.js";
import {
  checkCount,
  MAX_ENTRY_BYTES,
  MAX_KEY_BYTES,
  ownedKey,
  ownedValue,
  physicalKey,
  physicalRange,
} from "./limits.js";

const v1 = keyCodecV1("txn", "v1");
const v2 = keyCodecV2("txn", 7);
const refused = (code: string) => expect.objectContaining({ code: `ERR_ROBOFLOW_TIKV_${code}` });

test("the longest key is 8 KiB once each 8 bytes are kept in 9", () => {
  const kept = (bytes: number): number => (Math.floor(bytes / 8) + 1) * 9;
  expect(kept(MAX_KEY_BYTES)).toBeLessThanOrEqual(8192);
  expect(kept(MAX_KEY_BYTES + 1)).toBeGreaterThan(8192);
});

test("keys: text is UTF-8, prefixes count, and what is kept is a copy", () => {
  expect(Array.from(physicalKey(v1, "ä"))).toEqual([0xc3, 0xa4]);
  expect(physicalKey(v2, "a").length).toBe(5);
  expect(() => physicalKey(v1, "")).toThrow(refused("KEY"));
  expect(physicalKey(v1, "k".repeat(MAX_KEY_BYTES)).length).toBe(MAX_KEY_BYTES);
  expect(() => physicalKey(v2, "k".repeat(MAX_KEY_BYTES))).toThrow(refused("KEY"));
  const mine = Uint8Array.of(1, 2);
  const kept = ownedKey(v1, mine);
  mine[0] = 9;
  expect(Array.from(kept)).toEqual([1, 2]);
});

test("values: not empty, not over the limit with their key, and copied", () => {
  const key = Uint8Array.of(1);
  expect(() => ownedValue(key, "")).toThrow(refused("VALUE"));
  expect(() => ownedValue(key, new Uint8Array(MAX_ENTRY_BYTES))).toThrow(refused("VALUE"));
  // Three bytes a letter.
  expect(() => ownedValue(key, "€".repeat(MAX_ENTRY_BYTES / 3))).toThrow(refused("VALUE"));
  expect(ownedValue(key, "€").length).toBe(3);
  const mine = Uint8Array.of(5);
  const kept = ownedValue(key, mine);
  mine[0] = 6;
  expect(Array.from(kept)).toEqual([5]);
});

test("what is neither bytes nor text is refused, and not taken for a length", () => {
  const key = Uint8Array.of(1);
  const all: readonly unknown[] = [5, undefined, null, {}, [1, 2], new Float64Array(1)];
  for (const wrong of all) {
    const given = wrong as Uint8Array;
    expect(() => physicalKey(v1, given)).toThrow(refused("ARGUMENT"));
    expect(() => ownedKey(v1, given)).toThrow(refused("ARGUMENT"));
    expect(() => ownedValue(key, given)).toThrow(refused("ARGUMENT"));
  }
});

test("a range without bounds is all that the client may see", () => {
  expect(physicalRange(v1, {})).toEqual({ start: new Uint8Array(0), end: new Uint8Array(0) });
  expect(physicalRange(v2, {})).toEqual({ start: v2.first, end: v2.end });
  const range = physicalRange(v2, { start: "a", end: "b" });
  expect([v2.decode(range.start), v2.decode(range.end)]).toEqual([
    Uint8Array.from(Buffer.from("a")),
    Uint8Array.from(Buffer.from("b")),
  ]);
});

test("counts are whole numbers from the least up, or without end", () => {
  for (const good of [0, 1, 1e9, Number.POSITIVE_INFINITY]) checkCount("limit", good, 0);
  for (const bad of [-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
    expect(() => checkCount("limit", bad, 0)).toThrow(refused("ARGUMENT"));
  }
  expect(() => checkCount("pageSize", 0, 1)).toThrow("pageSize is 0");
});
