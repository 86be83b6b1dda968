import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CameraWriter } from "../video/camera-writer.js";
import { withTable } from "../../test/support/config-error.js";
import { LerobotConfig } from "./lerobot-config.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "encoders-"));
});
afterAll(() => rm(directory, { recursive: true }));

const X26X_PRESETS = "ultrafast superfast veryfast faster fast medium slow slower veryslow".split(
  " ",
);

const settings = [
  ...["baseline", "main", "high", "high444"].map((profile) => `profile = "${profile}"`),
  'pixel_format = "yuv444p"',
  'pixel_format = "yuv444p"\nprofile = "high444"',
  "crf = 0",
  'crf = 0\nprofile = "high444"',
  "crf = 51\ngop = 1\nthreads = 1",
  ...X26X_PRESETS.map((preset) => `preset = "${preset}"`),
  ...X26X_PRESETS.map((preset) => `codec = "libx265"\npreset = "${preset}"`),
  'codec = "libx265"\nprofile = "main"\ncrf = 0',
  'codec = "libx265"\npixel_format = "yuv444p"\ncrf = 51',
  'codec = "libx265"\npixel_format = "yuv444p"\nprofile = "main444-8"\ngop = 1',
  ...[0, 6, 12, 13].map((preset) => `codec = "libsvtav1"\npreset = ${preset}`),
  'codec = "libsvtav1"\ncrf = 1\nprofile = "main"',
  'codec = "libsvtav1"\ncrf = 63\ngop = 1',
];

it.each(settings)("the encoder takes what the config accepts: %s", async (lines) => {
  const { video } = LerobotConfig.fromToml(withTable("video", lines));
  await using writer = await CameraWriter.open({
    path: join(directory, "video.mp4"),
    fps: 30,
    video,
    sampled: () => true,
    feature: "observation.images.top",
    topic: "/top",
  });
  for (let frame = 0; frame < 3; frame++) {
    const data = Buffer.alloc(64 * 64 * 3, frame * 80);
    await writer.write(
      { kind: "raw", encoding: "rgb8", width: 64, height: 64, step: 192, data },
      1,
    );
  }
  const { frames, parameters } = await writer.finish();
  expect(frames).toBe(3);
  expect(parameters.pixFmt).toBe(video.pixel_format);
});
