import { describe, expect, it } from "vitest";
import { FrameRate, progressLine } from "./progress.js";

describe("progressLine", () => {
  it("shows a bar, the rate and the time left", () => {
    expect(
      progressLine({ name: "a.mcap", done: 52, total: 104, perSecond: 60, columns: 120 }),
    ).toBe("a.mcap [##########----------] 52/104 frames, 60 frames/s, 0.9 s left");
  });

  it("makes no guess while length and rate are unknown", () => {
    expect(
      progressLine({
        name: "a.mcap",
        done: 0,
        total: undefined,
        perSecond: undefined,
        columns: 80,
      }),
    ).toBe("a.mcap starting");
  });

  it("stays within the terminal", () => {
    const line = progressLine({
      name: "long".repeat(50),
      done: 1,
      total: 2,
      perSecond: 1,
      columns: 40,
    });
    expect(line).toHaveLength(39);
  });
});

describe("FrameRate", () => {
  it("is measured over the last seconds and starts anew when an attempt does", () => {
    let now = 0;
    const rate = new FrameRate(() => now);
    expect(rate.of("job", 0)).toBeUndefined();
    now = 1000;
    expect(rate.of("job", 60)).toBe(60);
    now = 2000;
    expect(rate.of("job", 0)).toBeUndefined();
  });
});
