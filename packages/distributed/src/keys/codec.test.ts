import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildKey,
  buildPrefix,
  fixedWidth,
  fixedWidthDescending,
  keyAfter,
  keyId,
  keySegments,
  prefixRange,
} from "./codec.js";

const segment = fc.string({ minLength: 1, unit: "binary" });
const digits = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("buildKey", () => {
  it("gives back its segments, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        expect(keySegments(buildKey(...segments))).toEqual(segments);
        expect(keyId(buildKey(...segments))).toBe(segments.at(-1));
      }),
    );
  });

  it("keeps an id inside its segment", () => {
    expect(String(buildKey("jobs", "a/../../locks/x"))).toBe(
      "/roboflow/v1/jobs/a%2F..%2F..%2Flocks%2Fx",
    );
  });

  it("refuses an empty id, which would be the prefix itself", () => {
    expect(() => buildKey("jobs", "")).toThrow("A key segment must not be empty");
  });

  it("refuses to read a key of another schema", () => {
    expect(() => keySegments(Buffer.from("/roboflow/v2/jobs/a"))).toThrow("/roboflow/v1/");
  });
});

describe("fixedWidth", () => {
  it("sorts as numbers do", () => {
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        expect(fixedWidth(a) < fixedWidth(b)).toBe(a < b);
      }),
    );
  });

  it("sorts the other way when descending", () => {
    const small = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(fixedWidthDescending(a, 2) < fixedWidthDescending(b, 2)).toBe(a > b);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, 100])("refuses %s in two digits", (value) => {
    expect(() => fixedWidth(value, 2)).toThrow("is not a whole number of at most 2 digits");
  });
});

describe("prefixRange", () => {
  const key = fc.uint8Array({ maxLength: 4 });

  it("holds exactly the keys that start with the prefix", () => {
    const prefixes = fc.uint8Array({ minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(prefixes, key, (prefix, candidate) => {
        fc.pre(prefix.some((byte) => byte < 0xff));
        const { start, end } = prefixRange(prefix);
        const inside = Buffer.compare(candidate, start) >= 0 && Buffer.compare(candidate, end) < 0;
        expect(inside).toBe(prefix.every((byte, index) => candidate[index] === byte));
      }),
    );
  });

  it("leaves out an id that only begins like the one meant", () => {
    const { start, end } = prefixRange(buildPrefix("owned", "w1"));
    const other = buildKey("owned", "w10", "job");
    expect(Buffer.compare(other, start) >= 0 && Buffer.compare(other, end) < 0).toBe(false);
  });

  it("refuses a prefix that nothing sorts after", () => {
    expect(() => prefixRange(Uint8Array.of(0xff, 0xff))).toThrow("below 0xff");
    expect(() => prefixRange(new Uint8Array())).toThrow("below 0xff");
  });
});

describe("keyAfter", () => {
  it("has nothing between the key and itself", () => {
    const keys = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(keys, keys, (key, other) => {
        const next = keyAfter(key);
        expect(Buffer.compare(key, next)).toBe(-1);
        if (Buffer.compare(other, key) > 0) expect(Buffer.compare(other, next)).not.toBe(-1);
      }),
    );
  });
});
