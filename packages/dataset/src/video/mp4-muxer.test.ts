import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, videoSettings, writeVideo } from "../../test/support/camera.js";
import { mp4Boxes } from "../../test/support/mp4-boxes.js";
import { gradient, rawImage } from "../../test/support/pictures.js";
import { trackTimeScale } from "./mp4-muxer.js";

const images = [0, 1, 2, 3, 4].map((step) => rawImage(gradient(64, 64, step)));
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

describe("trackTimeScale", () => {
  it.each([1, 7, 15, 24, 25, 30, 50, 60, 120, 240, 999, 10_007])(
    "is a multiple of %i and fine enough for float32 readers",
    (fps) => {
      expect(trackTimeScale(fps) % fps).toBe(0);
      expect(trackTimeScale(fps)).toBeGreaterThanOrEqual(10_000);
    },
  );

  it("is LeRobot's own at 30 fps", () => {
    expect(trackTimeScale(30)).toBe(15_360);
  });
});

describe.each(["libx264", "libx265", "libsvtav1"])("an mp4 of %s", (codec) => {
  const boxes = async (name: string) => {
    const path = directory.file(name);
    const video = videoSettings({ codec, gop: 30 });
    await writeVideo(path, images, { video });
    return mp4Boxes(await readFile(path));
  };

  it("has its index first, no fragments and no edit list", async () => {
    const paths = (await boxes(`${codec}.mp4`)).map(({ path }) => path);
    expect(paths.indexOf("moov")).toBeGreaterThan(-1);
    expect(paths.indexOf("mdat")).toBeGreaterThan(paths.indexOf("moov"));
    expect(paths).not.toContain("moof");
    expect(paths).not.toContain("moov/mvex");
    expect(paths).not.toContain("moov/trak/edts");
    // No composition offsets: every frame is shown when it is decoded.
    expect(paths).not.toContain("moov/trak/mdia/minf/stbl/ctts");
  });

  it("says nothing of when it was made or of who made it", async () => {
    const all = await boxes(`${codec}-time.mp4`);
    const times = all.filter(({ path }) => /\/(mvhd|tkhd|mdhd)$/.test(path));
    expect(times).toHaveLength(3);
    // Version and flags, then creation and modification time.
    for (const { body } of times) expect(body.readBigUInt64BE(4)).toBe(0n);
    const names = all.find(({ path }) => path === "moov/udta")?.body.toString("latin1");
    expect(names).not.toMatch(/Lavf|Lavc|too/);
  });

  it("gives every frame the same duration, the last one too", async () => {
    const stts = (await boxes(`${codec}-rate.mp4`)).find(({ path }) => path.endsWith("/stts"));
    // One run: 5 samples of 512 ticks.
    expect(stts?.body.readUInt32BE(4)).toBe(1);
    expect(stts?.body.readUInt32BE(8)).toBe(5);
    expect(stts?.body.readUInt32BE(12)).toBe(512);
  });
});
