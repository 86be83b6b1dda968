import { describe, expect, it } from "vitest";
import { gradient, jpegImage, pngImage, rawImage } from "../../test/support/pictures.js";
import type { ImageStats } from "./camera-options.js";
import { ImageDecoder } from "./image-decoder.js";
import type { ImageMessage } from "./image-message.js";
import { loadLibav } from "./libav.js";
import { PixelHistogram, pixelStride } from "./pixel-histogram.js";
import { pixelLayout } from "./pixel-layout.js";

const libav = await loadLibav();

async function histogramOf(image: ImageMessage, size: { width: number; height: number }) {
  using decoder = new ImageDecoder(libav);
  const frame = await decoder.decode(image, size, { topic: "/t", feature: "f", frame: 0 });
  const layout = pixelLayout(libav, frame);
  if (layout === undefined) throw new Error("no layout");
  const histogram = new PixelHistogram();
  histogram.add(frame, layout, 1);
  return histogram.result();
}

function means({ histograms }: ImageStats): number[] {
  return histograms.map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.reduce((sum, count, level) => sum + count * level, 0) / total;
  });
}

describe("pixelStride", () => {
  it.each([
    [299, 100, 1],
    [300, 100, 2],
    [320, 240, 2],
    [100, 449, 2],
    [450, 100, 3],
    [640, 480, 4],
    [1920, 1080, 12],
  ])("of %ix%i is %i", (width, height, stride) => {
    expect(pixelStride(width, height)).toBe(stride);
  });
});

describe("PixelHistogram", () => {
  it.each(["rgb8", "bgr8", "mono8"] as const)("counts every k-th pixel of %s", async (encoding) => {
    const picture = gradient(320, 180);
    const expected = [0, 1, 2].map(() => Array.from({ length: 256 }, () => 0));
    for (let y = 0; y < 180; y += 2) {
      for (let x = 0; x < 320; x += 2) {
        const colour = picture.paint(x, y);
        for (const [channel, counts] of expected.entries()) {
          const level = colour[encoding === "mono8" ? 0 : channel] ?? 0;
          counts[level] = (counts[level] ?? 0) + 1;
        }
      }
    }
    const stats = await histogramOf(rawImage(picture, encoding, 7), picture);
    expect(stats).toEqual({ kind: "image", count: 1, histograms: expected });
  });

  it.each(["rgb24", "rgba"] as const)("counts the same for a PNG of %s", async (format) => {
    const picture = gradient(64, 48);
    const raw = await histogramOf(rawImage(picture), picture);
    expect(await histogramOf(await pngImage(picture, format), picture)).toEqual(raw);
  });

  it.each(["420", "422", "444"] as const)("sees the colours of a JPEG 4:%s", async (sampling) => {
    const picture = gradient(640, 480);
    const raw = means(await histogramOf(rawImage(picture), picture));
    const jpeg = means(await histogramOf(await jpegImage(picture, sampling), picture));
    for (const channel of [0, 1, 2]) {
      expect(Math.abs((raw[channel] ?? 0) - (jpeg[channel] ?? 0))).toBeLessThan(1.5);
    }
  });

  it("adds up what several frames show", async () => {
    const picture = gradient(64, 48);
    using decoder = new ImageDecoder(libav);
    const place = { topic: "/t", feature: "f", frame: 0 };
    const frame = await decoder.decode(rawImage(picture), picture, place);
    const layout = pixelLayout(libav, frame);
    if (layout === undefined) throw new Error("no layout");
    const histogram = new PixelHistogram();
    histogram.add(frame, layout, 1);
    histogram.add(frame, layout, 4);
    const { count, histograms } = histogram.result();
    expect(count).toBe(5);
    expect(histograms.map((counts) => counts.reduce((sum, n) => sum + n, 0))).toEqual([
      5 * 64 * 48,
      5 * 64 * 48,
      5 * 64 * 48,
    ]);
  });
});
