import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sync, Timed } from "./aligner.js";
import { createAligner } from "./create-aligner.js";
import { TimeGrid } from "./time-grid.js";

interface Message extends Timed {
  readonly value: number;
}

/** What a frame got: a message, a blend of two (by value), or nothing. */
type Got = Message | { blended: number } | undefined;

/** Runs the aligner and checks that it tells of each frame once and in order. */
function align(sync: Sync, grid: TimeGrid, messages: readonly Message[]): Got[] {
  const got: Got[] = [];
  const append = (from: number, to: number, value: Got) => {
    expect(from).toBe(got.length);
    expect(to).toBeGreaterThan(from);
    for (let frame = from; frame < to; frame++) got.push(value);
  };
  const taken = new Set<Message>();
  const aligner = createAligner<Message>(sync, grid, {
    take: (message, from, to) => {
      expect(taken.has(message)).toBe(false);
      taken.add(message);
      append(from, to, message);
    },
    blend: (before, after, frame, weight) => {
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThan(1);
      const blended = before.value + weight * (after.value - before.value);
      append(frame, frame + 1, { blended });
    },
    none: (from, to) => append(from, to, undefined),
  });
  for (const message of messages) aligner.push(message);
  aligner.finish();
  expect(aligner.decided).toBe(grid.frames);
  expect(got).toHaveLength(grid.frames);
  return got;
}

/** The rules as they read, looking at all messages for each frame. */
function naive(sync: Sync, grid: TimeGrid, messages: readonly Message[]): Got[] {
  return Array.from({ length: grid.frames }, (_, frame) => {
    const offset = grid.offset(frame);
    const before = messages.findLast(({ time }) => time <= offset);
    const after = messages.find(({ time }) => time > offset);
    if (sync === "hold") return before;
    if (sync === "linear") {
      if (before === undefined || after === undefined) return before ?? after;
      if (before.time === offset) return before;
      const weight = (offset - before.time) / (after.time - before.time);
      return { blended: before.value + weight * (after.value - before.value) };
    }
    const distance = Math.min(...messages.map(({ time }) => Math.abs(time - offset)));
    return messages.find(({ time }) => Math.abs(time - offset) === distance);
  });
}

const messagesAt = (times: readonly number[]): Message[] =>
  times.map((time, index) => ({ time, value: index * 10 }));

// Few distinct times, so that ties, exact hits and equal times are common.
const coarse = fc.integer({ min: -8, max: 60 }).map((tick) => tick * 25_000_000);
const fine = fc.integer({ min: -200_000_000, max: 1_500_000_000 });
const distinct = fc.uniqueArray(fc.oneof(coarse, fine), { maxLength: 60 });
const repeating = fc.array(coarse, { maxLength: 60 });
const inOrder = (times: readonly number[]) => messagesAt(times.toSorted((a, b) => a - b));
const grids = fc
  .record({ fps: fc.integer({ min: 1, max: 60 }), frames: fc.integer({ min: 1, max: 60 }) })
  .map(({ fps, frames }) => new TimeGrid(0n, fps, frames));

describe("createAligner", () => {
  it.each(["hold", "nearest", "linear"] as const)("%s agrees with the rule as it reads", (sync) => {
    fc.assert(
      fc.property(grids, distinct.map(inOrder), (grid, messages) => {
        expect(align(sync, grid, messages)).toEqual(naive(sync, grid, messages));
      }),
      { numRuns: 500 },
    );
  });

  it.each(["hold", "linear"] as const)("%s leaves equal times by the last of them", (sync) => {
    fc.assert(
      fc.property(grids, repeating.map(inOrder), (grid, messages) => {
        expect(align(sync, grid, messages)).toEqual(naive(sync, grid, messages));
      }),
      { numRuns: 500 },
    );
  });

  const grid = new TimeGrid(0n, 10, 3); // frames at 0, 100 and 200 ms
  const early = { time: 50_000_000, value: 1 };
  const late = { time: 150_000_000, value: 2 };

  it("holds the latest message and has none before the first", () => {
    expect(align("hold", grid, [early, late])).toEqual([undefined, early, late]);
  });

  it("takes the earlier of two equally near messages", () => {
    expect(align("nearest", grid, [early, late])).toEqual([early, early, late]);
  });

  it("interpolates between messages and clamps beyond them", () => {
    expect(align("linear", grid, [early, late])).toEqual([early, { blended: 1.5 }, late]);
  });

  it("gives frames nothing where there is no message", () => {
    for (const sync of ["hold", "nearest", "linear"] as const)
      expect(align(sync, grid, [])).toEqual([undefined, undefined, undefined]);
  });

  it("decides a frame as soon as later messages can't change it", () => {
    const sink = { take: () => {}, blend: () => {}, none: () => {} };
    const aligner = createAligner("hold", grid, sink);
    aligner.push({ time: 0 });
    expect(aligner.decided).toBe(0);
    aligner.push({ time: 200_000_000 });
    expect(aligner.decided).toBe(2);
    aligner.push({ time: 200_000_001 });
    expect(aligner.decided).toBe(3);
  });
});
