import { describe, expect, it } from "vitest";
import type { Sync } from "./aligner.js";
import { createAligner } from "./create-aligner.js";
import { MappingAccount, type GapPolicy } from "./mapping-account.js";
import { TimeGrid } from "./time-grid.js";

const grid = new TimeGrid(1_760_000_000_000_000_000n, 10, 6); // frames 100 ms apart
const policy: GapPolicy = {
  topic: "/cam",
  feature: "observation.images.cam",
  maxAge: undefined,
  missing: "fail",
  stale: "fail",
};

/** What the frames took (message's time in ms, `~` for a blend, `fill`), and the report. */
function run(sync: Sync, times: readonly number[], changes: Partial<GapPolicy> = {}) {
  const frames: string[] = [];
  const append = (from: number, to: number, text: string) => {
    for (let frame = from; frame < to; frame++) frames.push(text);
  };
  const account = new MappingAccount({ ...policy, ...changes }, grid, {
    take: (message, from, to) => append(from, to, String(message.time / 1e6)),
    blend: (_before, _after, frame) => append(frame, frame + 1, "~"),
    none: (from, to) => append(from, to, "fill"),
  });
  const aligner = createAligner(sync, grid, account);
  for (const time of times) aligner.push({ time: time * 1e6 });
  aligner.finish();
  return { frames, report: account.report(times.length) };
}

describe("MappingAccount", () => {
  it("counts used, dropped and held messages and their distance", () => {
    const { frames, report } = run("hold", [-10, 0, 90, 190, 195]);
    expect(frames).toEqual(["0", "90", "195", "195", "195", "195"]);
    expect(report).toEqual({
      topic: "/cam",
      feature: "observation.images.cam",
      messages: 5,
      used: 3,
      dropped: 2,
      held: 3,
      interpolated: 0,
      stale: 0,
      filled: 0,
      skewMs: { p50: 57.5, p95: 280, max: 305 },
    });
  });

  it("counts interpolated frames, and both messages as used", () => {
    const { frames, report } = run("linear", [0, 250, 300, 460]);
    expect(frames).toEqual(["0", "~", "~", "300", "~", "460"]);
    expect(report).toMatchObject({ used: 4, interpolated: 3, held: 0, skewMs: { max: 100 } });
  });

  it("fails on a gap, naming topic, frame, time and age", () => {
    expect(() => run("hold", [0, 40, 500], { maxAge: 200e6 })).toThrow(
      "topic /cam: the message for frame 3 at 1760000000.300000000 s (0.300 s into the episode) is 260 ms away, more than max_age_ms allows (200 ms)",
    );
  });

  it("repeats over a gap if asked to, in one run, and counts it", () => {
    const { frames, report } = run("hold", [0, 40, 500], { maxAge: 200e6, stale: "repeat" });
    expect(frames).toEqual(["0", "40", "40", "40", "40", "500"]);
    expect(report).toMatchObject({ stale: 2, filled: 0, held: 3 });
  });

  it("fills a gap of an optional mapping, on both sides of it with nearest", () => {
    const fill = { maxAge: 60e6, missing: "fill", stale: "fill" } as const;
    const { frames, report } = run("nearest", [0, 460], fill);
    expect(frames).toEqual(["0", "fill", "fill", "fill", "460", "460"]);
    expect(report).toMatchObject({ used: 2, stale: 3, filled: 3, held: 1 });
  });

  it("fills frames before the first message of an optional mapping", () => {
    const { frames, report } = run("hold", [150], { missing: "fill" });
    expect(frames).toEqual(["fill", "fill", "150", "150", "150", "150"]);
    expect(report).toMatchObject({ filled: 2, used: 1 });
  });

  it("has nothing to say of a topic without messages but what it filled", () => {
    const { report } = run("hold", [], { missing: "fill" });
    expect(report).toMatchObject({ messages: 0, filled: 6, skewMs: { p50: 0, p95: 0, max: 0 } });
  });

  it("fails where a required mapping has no message", () => {
    expect(() => run("hold", [])).toThrow("topic /cam: no message for frame 0 at 1760000000.");
  });
});
