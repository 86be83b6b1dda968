import { describe, expect, it } from "vitest";
import { episodeGrid } from "./episode-grid.js";

const SECOND = 1_000_000_000n;
const range = (first: bigint, last: bigint) => ({ first, last });

describe("episodeGrid", () => {
  it("is where all topics overlap", () => {
    const topics = new Map([
      ["/a", range(0n, 10n * SECOND)],
      ["/b", range(2n * SECOND, 3n * SECOND)],
    ]);
    expect(episodeGrid(topics, 30)).toMatchObject({ start: 2n * SECOND, frames: 31, fps: 30 });
  });

  it("has one frame if the topics share one instant", () => {
    const topics = new Map([
      ["/a", range(0n, 5n)],
      ["/b", range(5n, 9n)],
    ]);
    expect(episodeGrid(topics, 30).frames).toBe(1);
  });

  it("names the two topics that do not overlap, and their times", () => {
    const topics = new Map([
      ["/a", range(1n * SECOND, 2n * SECOND)],
      ["/b", range(0n, 9n * SECOND)],
      ["/c", range(3n * SECOND, 4n * SECOND)],
    ]);
    expect(() => episodeGrid(topics, 30)).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_NO_OVERLAP",
        message:
          "topics do not overlap in time: /a (1.000000000 s to 2.000000000 s) ends before /c (3.000000000 s to 4.000000000 s) begins",
      }),
    );
  });

  it("takes all below 2,048 s", () => {
    const frames = 2048n * 30n;
    const until = (frame: bigint) => new Map([["/a", range(0n, (frame * SECOND) / 30n + 1n)]]);
    expect(episodeGrid(until(frames - 2n), 30).frames).toBe(61_439);
    expect(() => episodeGrid(until(frames - 1n), 30)).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_TOO_LONG",
        message: expect.stringContaining("2048.0 s (61440 frames at 30 fps)"),
        hint: expect.stringContaining("Split the recording"),
      }),
    );
  });

  it("needs a topic that bounds it", () => {
    expect(() => episodeGrid(new Map(), 30)).toThrow("all mappings are optional");
  });
});
