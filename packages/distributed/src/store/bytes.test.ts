import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeKey, keyBytes, keyText } from "./bytes.js";

describe("keyText", () => {
  it("gives the bytes back, and compares as they do", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect([...keyBytes(keyText(a))]).toEqual([...a]);
        expect(keyText(a) < keyText(b)).toBe(Buffer.compare(a, b) < 0);
      }),
    );
  });
});

describe("describeKey", () => {
  it("shows text as it is and every other byte by number", () => {
    expect(describeKey(Buffer.from("/jobs/é\0\n", "latin1"))).toBe("/jobs/\\xe9\\x00\\x0a");
  });
});
