import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameCount, intersection, TimeGrid } from "./time-grid.js";

const fps = fc.integer({ min: 1, max: 1000 });

describe("TimeGrid", () => {
  it("floors to whole nanoseconds, without drift", () => {
    const grid = new TimeGrid(1_760_000_000_000_000_007n, 30, 61);
    expect([0, 1, 2, 3, 60].map((frame) => grid.offset(frame))).toEqual([
      0, 33_333_333, 66_666_666, 100_000_000, 2_000_000_000,
    ]);
    expect(grid.time(1)).toBe(1_760_000_000_033_333_340n);
  });

  it("is exactly floor(k * 10^9 / fps), as in integers of any size", () => {
    fc.assert(
      fc.property(fps, fc.integer({ min: 0, max: 2_048_000 }), (rate, frame) => {
        const exact = (BigInt(frame) * 1_000_000_000n) / BigInt(rate);
        expect(BigInt(new TimeGrid(0n, rate, frame + 1).offset(frame))).toBe(exact);
      }),
    );
  });

  it("finds the first frame from an offset on", () => {
    fc.assert(
      fc.property(
        fps,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -1e9, max: 51e9 }),
        (rate, frames, offset) => {
          const grid = new TimeGrid(0n, rate, frames);
          const all = Array.from({ length: frames }, (_, frame) => grid.offset(frame));
          const naive = all.findIndex((time) => time >= offset);
          expect(grid.firstFrameFrom(offset)).toBe(naive === -1 ? frames : naive);
        },
      ),
    );
  });
});

describe("frameCount", () => {
  it("counts both ends", () => {
    expect(frameCount({ first: 5n, last: 5n }, 30)).toBe(1);
    expect(frameCount({ first: 0n, last: 1_000_000_000n }, 30)).toBe(31);
    expect(frameCount({ first: 0n, last: 999_999_999n }, 30)).toBe(30);
  });

  it("is none where topics do not overlap", () => {
    expect(frameCount({ first: 6n, last: 5n }, 30)).toBe(0);
  });
});

describe("intersection", () => {
  it("is from the latest first to the earliest last message", () => {
    expect(
      intersection([
        { first: 1n, last: 9n },
        { first: 3n, last: 20n },
        { first: 2n, last: 8n },
      ]),
    ).toEqual({ first: 3n, last: 8n });
  });
});
