import { existsSync } from "node:fs";
import { copyFile, readFile, stat, truncate } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, videoSettings, writeVideo } from "../../test/support/camera.js";
import { mp4Boxes } from "../../test/support/mp4-boxes.js";
import { gradient, rawImage } from "../../test/support/pictures.js";
import { concatVideos } from "./concat-videos.js";
import { hashFrames } from "./decode-video.js";
import { probeVideo } from "./probe-video.js";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

/** Writes episodes of these lengths, each with pictures of its own. */
async function episodes(
  name: string,
  lengths: readonly number[],
  table: Readonly<Record<string, unknown>> = {},
  fps = 30,
): Promise<{ path: string }[]> {
  const parts: { path: string }[] = [];
  for (const [episode, length] of lengths.entries()) {
    const path = directory.file(`${name}-${episode}.mp4`);
    const images = Array.from({ length }, (_, frame) =>
      rawImage(gradient(128, 64, episode * 10 + frame)),
    );
    await writeVideo(path, images, { fps, video: videoSettings(table) });
    parts.push({ path });
  }
  return parts;
}

describe("concatVideos", () => {
  it.each(["libx264", "libx265", "libsvtav1"])(
    "puts every frame of %s at its time, unchanged",
    async (codec) => {
      const parts = await episodes(codec, [5, 1, 8], { codec, gop: 4 }, 25);
      const output = directory.file(`${codec}-whole.mp4`);
      const result = await concatVideos(parts, output, { fps: 25 });
      expect(result).toEqual({ frames: 14, bytes: (await stat(output)).size });
      const each = await Promise.all(parts.map(({ path }) => hashFrames(path)));
      expect(await hashFrames(output)).toEqual(each.flat());
      const probe = await probeVideo(output);
      expect(probe).toMatchObject({
        packets: 14,
        averageRate: { num: 25, den: 1 },
        constantRate: { kind: "constant", ticksPerFrame: 512 },
      });
      expect(probe.parameters).toEqual((await probeVideo(parts[0]?.path ?? "")).parameters);
      const boxes = mp4Boxes(await readFile(output)).map(({ path }) => path);
      expect(boxes).not.toContain("moov/trak/edts");
      expect(boxes.indexOf("mdat")).toBeGreaterThan(boxes.indexOf("moov"));
    },
  );

  it("writes the same bytes again, also when it joins what was joined", async () => {
    const parts = await episodes("again", [3, 4, 2]);
    const join = async (name: string, from: readonly { path: string }[]): Promise<Buffer> => {
      const output = directory.file(`again-${name}.mp4`);
      await concatVideos(from, output, { fps: 30 });
      return readFile(output);
    };
    const whole = await join("whole", parts);
    expect(whole.equals(await join("once-more", parts))).toBe(true);
    await join("two", parts.slice(0, 2));
    const two = { path: directory.file("again-two.mp4") };
    expect(whole.equals(await join("by-steps", [two, ...parts.slice(2)]))).toBe(true);
  });

  it("copies a single part as it is", async () => {
    const [part] = await episodes("single", [3]);
    const output = directory.file("single-whole.mp4");
    await concatVideos(part === undefined ? [] : [part], output, { fps: 30 });
    expect((await readFile(output)).equals(await readFile(part?.path ?? ""))).toBe(true);
  });

  it("refuses parts of other parameters, naming both files", async () => {
    const [first] = await episodes("main", [2], { profile: "main" });
    const [second] = await episodes("high", [2], { profile: "high" });
    const parts = [first, second].flatMap((part) => part ?? []);
    const output = directory.file("mixed.mp4");
    await expect(concatVideos(parts, output, { fps: 30 })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_MISMATCH",
      message: `${second?.path} and ${first?.path} can't be joined: their video parameters differ`,
    });
    expect(existsSync(output)).toBe(false);
  });

  it("refuses another rate", async () => {
    const parts = await episodes("rate", [2, 2], {}, 25);
    await expect(concatVideos(parts, directory.file("x.mp4"), { fps: 30 })).rejects.toThrow(
      `${parts[0]?.path}: a frame lasts 512/12800 s, not 1/30 s`,
    );
  });

  it.each([1, 100, 2000])("refuses a part without its last %i bytes", async (missing) => {
    const [part = { path: "" }] = await episodes("cut", [6], { crf: 1 });
    const path = directory.file(`cut-${missing}.mp4`);
    await copyFile(part.path, path);
    await truncate(path, (await stat(path)).size - missing);
    const output = directory.file("cut-whole.mp4");
    const joined = concatVideos([part, { path }], output, { fps: 30 });
    await expect(joined).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_VIDEO",
      message: expect.stringContaining(`${path}: is cut off`),
    });
    expect(existsSync(output)).toBe(false);
  });
});
