import { describe, expect, it } from "vitest";
import { headerStamp, readTime } from "./message-time.js";

describe("readTime", () => {
  it("reads both spellings of a time without losing nanoseconds", () => {
    expect(readTime({ sec: 1_760_000_000, nanosec: 7 })).toBe(1_760_000_000_000_000_007n);
    expect(readTime({ sec: 1, nsec: 500_000_000 })).toBe(1_500_000_000n);
  });

  it("reads a number as seconds", () => {
    expect(readTime(1.25)).toBe(1_250_000_000n);
    expect(readTime(-0.5)).toBe(-500_000_000n);
  });

  it.each([undefined, "12", { sec: 1 }, NaN, [1]])("takes %j for no time", (value) => {
    expect(readTime(value)).toBeUndefined();
  });
});

describe("headerStamp", () => {
  it("is undefined where it is unset or absent, never 0", () => {
    expect(headerStamp({ header: { stamp: { sec: 3, nanosec: 1 } } })).toBe(3_000_000_001n);
    expect(headerStamp({ header: { stamp: { sec: 0, nanosec: 0 } } })).toBeUndefined();
    expect(headerStamp({ data: 1 })).toBeUndefined();
  });
});
