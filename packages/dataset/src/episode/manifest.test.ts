import { expect, it } from "vitest";
import { EpisodeManifest } from "./manifest.js";

const parameters = {
  codec: "h264",
  width: 64,
  height: 48,
  pixFmt: "yuv420p",
  timeScale: 15_360,
  extradata: "0".repeat(64),
};
const common = {
  length: 3,
  fps: 30,
  robotType: null,
  features: {},
  tasks: [{ task: "pick", from: 0, to: 3 }],
  stats: {},
  source: { url: "file:///a.mcap", size: 1, identity: "1", configHash: "c", annotationHash: null },
  software: "1.0.0",
  topics: [],
  warnings: [],
};

it("reads a manifest of version 1 as one segment for each camera", () => {
  const old = {
    version: 1,
    ...common,
    dataFile: "data.parquet",
    videos: { cam: { file: "videos/cam.mp4", bytes: 9, parameters } },
  };
  const segment = { file: "videos/cam.mp4", bytes: 9, frames: 3, sha256: null };
  expect(EpisodeManifest.parse(old)).toEqual({
    version: 2,
    ...common,
    data: { file: "data.parquet", bytes: null, sha256: null },
    videos: { cam: { parameters, segments: [segment] } },
  });
});

it("reads what it writes, and no later version", () => {
  const data = { file: "data.parquet", bytes: 1, sha256: "a".repeat(64) };
  const manifest = { version: 2, ...common, data, videos: {} };
  expect(EpisodeManifest.parse(manifest)).toEqual(manifest);
  expect(EpisodeManifest.safeParse({ ...manifest, version: 3 }).success).toBe(false);
});
