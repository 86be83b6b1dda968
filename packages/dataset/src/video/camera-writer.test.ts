import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cameraOptions,
  temporaryDirectory,
  videoSettings,
  writeVideo,
} from "../../test/support/camera.js";
import {
  gradient,
  jpegImage,
  pngImage,
  rawImage,
  solid,
  type Rgb,
} from "../../test/support/pictures.js";
import { CameraWriter } from "./camera-writer.js";
import { decodeVideo, hashFrames } from "./decode-video.js";
import type { ImageMessage } from "./image-message.js";
import { probeVideo } from "./probe-video.js";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

/** Mean R, G and B of each frame: limited-range BT.601 (ITU-R BT.601-7, 2.5). */
async function meanColours(path: string): Promise<Rgb[]> {
  const colours: Rgb[] = [];
  await decodeVideo(path, {
    onFrame: ({ width, height, pixels }) => {
      const planes = pixels();
      const mean = (from: number, length: number): number =>
        planes.subarray(from, from + length).reduce((sum, value) => sum + value, 0) / length;
      const [size, chroma] = [width * height, (width * height) / 4];
      const y = (255 / 219) * (mean(0, size) - 16);
      const u = (255 / 224) * (mean(size, chroma) - 128);
      const v = (255 / 224) * (mean(size + chroma, chroma) - 128);
      colours.push([y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u]);
    },
  });
  return colours;
}

describe("CameraWriter", () => {
  it("shows each image for as many frames as asked, in order", async () => {
    const path = directory.file("repeats.mp4");
    const greys = [40, 90, 140, 190];
    {
      await using writer = await CameraWriter.open(cameraOptions(path));
      for (const [index, grey] of greys.entries()) {
        await writer.write(rawImage(solid(64, 48, [grey, grey, grey])), index + 1);
      }
      expect(await writer.finish()).toMatchObject({
        frames: 10,
        shape: [48, 64, 3],
        parameters: { codec: "h264", width: 64, height: 48, pixFmt: "yuv420p", timeScale: 15_360 },
      });
    }
    const shown = (await meanColours(path)).map(([, green]) => Math.round(green / 10) * 10);
    expect(shown).toEqual([40, 90, 90, 140, 140, 140, 190, 190, 190, 190]);
  });

  it("starts at 0 and keeps an exact constant rate", async () => {
    const path = directory.file("rate.mp4");
    const images = Array.from({ length: 31 }, (_, step) => rawImage(gradient(64, 48, step)));
    const { bytes } = await writeVideo(path, images, { fps: 7 });
    expect(await probeVideo(path)).toMatchObject({
      bytes,
      packets: 31,
      averageRate: { num: 7, den: 1 },
      constantRate: { kind: "constant", ticksPerFrame: 2048 },
      keyFrameDistance: 2,
    });
  });

  it.each<[string, (colour: Rgb) => Promise<ImageMessage>]>([
    ["JPEG 4:2:0", (colour) => jpegImage(solid(64, 48, colour), "420")],
    ["JPEG 4:2:2", (colour) => jpegImage(solid(64, 48, colour), "422")],
    ["JPEG 4:4:4", (colour) => jpegImage(solid(64, 48, colour), "444")],
    ["PNG", (colour) => pngImage(solid(64, 48, colour))],
    ["PNG with alpha", (colour) => pngImage(solid(64, 48, colour), "rgba")],
    ["rgb8", async (colour) => rawImage(solid(64, 48, colour), "rgb8")],
    ["rgb8 with padded rows", async (colour) => rawImage(solid(64, 48, colour), "rgb8", 13)],
    ["bgr8", async (colour) => rawImage(solid(64, 48, colour), "bgr8")],
    ["bgr8 with padded rows", async (colour) => rawImage(solid(64, 48, colour), "bgr8", 1)],
  ])("keeps the colours of %s", async (name, image) => {
    const path = directory.file(`${name.replaceAll(/\W/g, "-")}.mp4`);
    const colours: Rgb[] = [
      [220, 30, 40],
      [30, 200, 50],
      [40, 50, 210],
      [0, 0, 0],
      [255, 255, 255],
      [128, 128, 128],
    ];
    const { stats } = await writeVideo(path, await Promise.all(colours.map(image)));
    const means = await meanColours(path);
    for (const [index, colour] of colours.entries()) {
      for (const channel of [0, 1, 2] as const) {
        expect(Math.abs((means[index]?.[channel] ?? -1) - colour[channel])).toBeLessThan(4);
      }
    }
    // The same colours, counted before encoding: six peaks for each channel, at most 2 off (JPEG).
    for (const channel of [0, 1, 2] as const) {
      const histogram = stats.histograms[channel] ?? [];
      for (const colour of colours) {
        const near = [-2, -1, 0, 1, 2].map((by) => histogram[colour[channel] + by] ?? 0);
        expect(Math.max(...near)).toBeGreaterThanOrEqual(64 * 48);
      }
    }
  });

  it("makes mono8 grey", async () => {
    const path = directory.file("mono.mp4");
    await writeVideo(path, [rawImage(solid(64, 48, [77, 0, 0]), "mono8", 3)]);
    const [colour] = await meanColours(path);
    for (const channel of colour ?? [0]) expect(Math.abs(channel - 77)).toBeLessThan(3);
  });

  it.each(["libx264", "libx265", "libsvtav1"])(
    "writes the same bytes again with %s",
    async (codec) => {
      const images = Array.from({ length: 12 }, (_, step) => rawImage(gradient(128, 64, step)));
      const video = videoSettings({ codec, threads: 3, gop: 5 });
      const paths = ["a", "b"].map((name) => directory.file(`${codec}-${name}.mp4`));
      await Promise.all(paths.map((path) => writeVideo(path, images, { video })));
      const [first, second] = await Promise.all(paths.map((path) => readFile(path)));
      expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
      expect(first?.length).toBeGreaterThan(500);
    },
  );

  it("counts only the pixels of sampled frames, as often as they are shown", async () => {
    const options = cameraOptions(directory.file("sampled.mp4"), {
      sampled: (frame) => [0, 3, 4].includes(frame),
    });
    await using writer = await CameraWriter.open(options);
    await writer.write(rawImage(solid(64, 48, [10, 20, 30])), 1);
    await writer.write(rawImage(solid(64, 48, [11, 21, 31])), 2);
    await writer.write(rawImage(solid(64, 48, [12, 22, 32])), 3);
    const { stats } = await writer.finish();
    expect(stats.count).toBe(3);
    const [red] = stats.histograms;
    expect([red?.[10], red?.[11], red?.[12]]).toEqual([64 * 48, 0, 2 * 64 * 48]);
  });

  it("keeps every image with 4:4:4 and odd sides", async () => {
    const path = directory.file("odd.mp4");
    const video = videoSettings({ pixel_format: "yuv444p" });
    const written = await writeVideo(path, [rawImage(gradient(63, 47))], { video });
    expect(written).toMatchObject({ shape: [47, 63, 3], parameters: { pixFmt: "yuv444p" } });
    expect(await hashFrames(path)).toHaveLength(1);
  });

  it("removes what it wrote unless it was finished", async () => {
    const path = directory.file("left.mp4");
    const writer = await CameraWriter.open(cameraOptions(path));
    await writer.write(rawImage(gradient(64, 48)), 1);
    expect(existsSync(path)).toBe(true);
    await writer[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    await expect(writer.write(rawImage(gradient(64, 48)), 1)).rejects.toThrow("closed");
  });

  it("waits for a write under way when it is closed", async () => {
    const path = directory.file("busy.mp4");
    const writer = await CameraWriter.open(cameraOptions(path));
    const writing = writer.write(rawImage(gradient(640, 480)), 5);
    await writer[Symbol.asyncDispose]();
    await expect(writing).resolves.toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  it("stops when it is aborted", async () => {
    const abort = new AbortController();
    const options = cameraOptions(directory.file("abort.mp4"), { signal: abort.signal });
    await using writer = await CameraWriter.open(options);
    await writer.write(rawImage(gradient(64, 48)), 1);
    abort.abort(new Error("enough"));
    await expect(writer.write(rawImage(gradient(64, 48)), 1)).rejects.toThrow("enough");
  });
});
