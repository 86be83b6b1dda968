import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, videoSettings, writeVideo } from "../../test/support/camera.js";
import { gradient, rawImage, solid } from "../../test/support/pictures.js";
import { decodeVideo, hashFrames, type DecodedFrame } from "./decode-video.js";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

const images = Array.from({ length: 10 }, (_, step) => rawImage(gradient(128, 64, step)));

describe("decodeVideo", () => {
  it("gives every frame in order, with its time and pixels", async () => {
    const path = directory.file("order.mp4");
    await writeVideo(path, images, { fps: 10 });
    const frames: Omit<DecodedFrame, "pixels">[] = [];
    const sizes = new Set<number>();
    const count = await decodeVideo(path, {
      onFrame: ({ pixels, ...frame }) => {
        frames.push(frame);
        sizes.add(pixels().length);
      },
    });
    expect(count).toBe(10);
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(frames[9]).toEqual({
      index: 9,
      width: 128,
      height: 64,
      pixFmt: "yuv420p",
      pts: 9n * 1024n,
    });
    expect([...sizes]).toEqual([(128 * 64 * 3) / 2]);
  });

  it.each(["libx264", "libx265", "libsvtav1"])("finds damage in %s", async (codec) => {
    const path = directory.file(`damaged-${codec}.mp4`);
    await writeVideo(path, images, { video: videoSettings({ codec, gop: 10, crf: 10 }) });
    const data = await readFile(path);
    data.fill(0xff, data.length - Math.floor(data.length / 3), data.length - 8);
    await writeFile(path, data);
    await expect(decodeVideo(path)).rejects.toMatchObject({ code: "ERR_ROBOFLOW_DATASET_VIDEO" });
  });

  it("names a file that is no video", async () => {
    const path = directory.file("text.mp4");
    await writeFile(path, "not a video at all");
    await expect(decodeVideo(path)).rejects.toThrow(
      `opening ${path} failed: Invalid data found when processing input`,
    );
  });
});

describe("hashFrames", () => {
  it("is equal for equal pictures and differs for others", async () => {
    const path = directory.file("hashes.mp4");
    const colours = [
      [10, 10, 10],
      [200, 10, 10],
      [10, 10, 10],
    ] as const;
    const pictures = colours.map((colour) => rawImage(solid(64, 48, colour)));
    await writeVideo(path, pictures, { video: videoSettings({ gop: 1 }) });
    const [first, second, third] = await hashFrames(path);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });
});
