import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxDisplacement, ReorderBuffer } from "./reorder-buffer.js";

const order = (times: readonly number[], horizon: number) => {
  const buffer = new ReorderBuffer<{ time: number; arrival: number }>(horizon);
  const out = times.flatMap((time, arrival) => buffer.push({ time, arrival }) ?? []);
  return [...out, ...buffer.drain()];
};

describe("ReorderBuffer", () => {
  it("sorts any arrival with the displacement as horizon, equal times by arrival", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (times) => {
        const sorted = times
          .map((time, arrival) => ({ time, arrival }))
          .toSorted((a, b) => a.time - b.time || a.arrival - b.arrival);
        expect(order(times, maxDisplacement(Float64Array.from(times)))).toEqual(sorted);
      }),
    );
  });

  it("holds nothing back when messages arrive in order", () => {
    expect(maxDisplacement(Float64Array.of(1, 2, 2, 3))).toBe(0);
    expect(new ReorderBuffer(0).push({ time: 1 })).toEqual({ time: 1 });
  });

  it("does not grow with a single stamp far in the future", () => {
    const times = Float64Array.from({ length: 1000 }, (_, index) => (index === 3 ? 1e9 : index));
    expect(maxDisplacement(times)).toBe(1);
  });
});
