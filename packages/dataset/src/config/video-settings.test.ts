import { describe, expect, it } from "vitest";
import { configError, withTable } from "../../test/support/config-error.js";
import { LerobotConfig } from "./lerobot-config.js";

function videoOf(...lines: string[]): LerobotConfig["video"] {
  return LerobotConfig.fromToml(withTable("video", ...lines)).video;
}

describe("defaults by codec", () => {
  it.each([
    [[], { codec: "libx264", crf: 20, preset: "fast" }],
    [['codec = "libx265"'], { codec: "libx265", crf: 24, preset: "fast" }],
    [['codec = "libsvtav1"'], { codec: "libsvtav1", crf: 30, preset: 12 }],
  ])("%j", (lines, expected) => {
    expect(videoOf(...lines)).toEqual({ ...expected, pixel_format: "yuv420p", gop: 2, threads: 4 });
  });
});

it("keeps every key as written", () => {
  const lines = [
    'codec = "libx264"',
    "crf = 18.5",
    'preset = "medium"',
    'profile = "high444"',
    'pixel_format = "yuv444p"',
    "gop = 30",
    "threads = 1",
  ];
  expect(videoOf(...lines)).toEqual({
    codec: "libx264",
    crf: 18.5,
    preset: "medium",
    profile: "high444",
    pixel_format: "yuv444p",
    gop: 30,
    threads: 1,
  });
});

it.each([
  'codec = "h264"',
  "crf = 52",
  "crf = -1",
  'codec = "libsvtav1"\ncrf = 64',
  'codec = "libsvtav1"\ncrf = 0',
  'preset = "fastt"',
  "preset = 5",
  'codec = "libsvtav1"\npreset = "fast"',
  'codec = "libsvtav1"\npreset = 14',
  'profile = "hi"',
  'codec = "libx265"\nprofile = "high"',
  'profile = "high"\npixel_format = "yuv444p"',
  'codec = "libx265"\nprofile = "main"\npixel_format = "yuv444p"',
  'codec = "libsvtav1"\npixel_format = "yuv444p"',
  'profile = "main"\ncrf = 0',
  'pixel_format = "rgb24"',
  "gop = 0",
  "gop = 2.5",
  "threads = 0",
  "threads = 65",
  "bitrate = 5",
])("refuses %s", (lines) => {
  expect(configError(withTable("video", lines))).toMatchSnapshot();
});
