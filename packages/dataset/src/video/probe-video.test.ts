import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, writeVideo } from "../../test/support/camera.js";
import { gradient, rawImage } from "../../test/support/pictures.js";
import { checkFrames, probeVideo, type VideoProbe } from "./probe-video.js";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path = "";
let probe: VideoProbe;
beforeAll(async () => {
  directory = await temporaryDirectory();
  path = directory.file("video.mp4");
  const images = [0, 1, 2, 3, 4].map((step) => rawImage(gradient(64, 48, step)));
  await writeVideo(path, images);
  probe = await probeVideo(path);
});
afterAll(() => directory[Symbol.asyncDispose]());

describe("probeVideo", () => {
  it("tells what the file holds", () => {
    expect(probe).toEqual({
      parameters: {
        codec: "h264",
        width: 64,
        height: 48,
        pixFmt: "yuv420p",
        timeScale: 15_360,
        extradata: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      bytes: expect.any(Number),
      packets: 5,
      averageRate: { num: 30, den: 1 },
      constantRate: { kind: "constant", ticksPerFrame: 512 },
      keyFrameDistance: 2,
    });
  });

  it("stops when it is aborted", async () => {
    await expect(probeVideo(path, { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });

  it("names a missing file", async () => {
    const missing = directory.file("missing.mp4");
    await expect(probeVideo(missing)).rejects.toThrow(
      `opening ${missing} failed: No such file or directory`,
    );
  });
});

describe("checkFrames", () => {
  const check = (change: Partial<VideoProbe>, frames = 5, fps = 30) =>
    checkFrames({ ...probe, ...change }, { path: "v.mp4", fps, frames });

  it("takes what fits", () => {
    expect(() => check({})).not.toThrow();
  });

  it("finds a missing frame", () => {
    expect(() => check({}, 6)).toThrow("v.mp4: has 5 frames, but 6 were written");
  });

  it("finds a frame off its time", () => {
    expect(() => check({ constantRate: { kind: "uneven", packet: 3 } })).toThrow(
      "v.mp4: frame 3 is not at its time",
    );
  });

  it("finds another rate", () => {
    expect(() => check({}, 5, 25)).toThrow("v.mp4: a frame lasts 512/15360 s, not 1/25 s");
  });

  it("finds a wrong average rate, by which readers look for frames", () => {
    expect(() => check({ averageRate: { num: 29, den: 1 } })).toThrow(
      "v.mp4: the average rate is 29/1, not 30",
    );
  });
});
