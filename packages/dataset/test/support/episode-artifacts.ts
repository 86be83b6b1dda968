import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EpisodeManifest, FeatureSpec } from "../../src/episode/manifest.js";
import type { NumericColumn } from "../../src/parquet/column.js";
import { writeEpisodeTable } from "../../src/parquet/episode-table.js";
import { columnStats } from "../../src/stats/column-stats.js";
import { sampledFrames } from "../../src/stats/sampled-frames.js";
import { CameraWriter } from "../../src/video/camera-writer.js";
import type { EpisodeSource } from "../../src/assemble/assemble-dataset.js";

export interface SyntheticEpisode {
  /** Frames. */
  readonly length: number;
  /** Makes every value and picture of this episode its own. */
  readonly seed: number;
  readonly fps?: number;
  readonly joints?: number;
  readonly robotType?: string | null;
  /** Defaults to one task for the whole episode. */
  readonly tasks?: EpisodeManifest["tasks"];
  /** `[]` leaves the videos out. */
  readonly cameras?: readonly string[];
  readonly width?: number;
  readonly height?: number;
  /** A higher one makes smaller files, and other parameter sets. */
  readonly crf?: number;
  readonly profile?: "high" | "main";
  /** Draws grey pictures of this value, 0..1, in place of moving gradients. */
  readonly brightness?: number;
}

const GOP = 2;

/** Writes the artifacts of one episode as a conversion would: real Parquet, real mp4. */
export async function writeArtifacts(
  directory: string,
  episode: SyntheticEpisode,
): Promise<EpisodeSource> {
  const { length, seed, fps = 30, cameras = ["observation.images.top"] } = episode;
  await mkdir(join(directory, "videos"), { recursive: true });
  const columns = numericColumns(episode);
  await writeEpisodeTable(join(directory, "data.parquet"), columns);
  const features: Record<string, FeatureSpec> = {};
  const stats: EpisodeManifest["stats"] = {};
  for (const [name, column] of Object.entries(columns)) {
    const { dtype, shape, values } = column;
    const width = values.length / length;
    const names = shape.length > 1 ? null : shape.flatMap((n) => labels(n));
    features[name] = { dtype, shape: [...shape], names };
    stats[name] = columnStats({ values, width });
  }
  const videos: EpisodeManifest["videos"] = {};
  for (const camera of cameras) {
    const file = `videos/${camera}.mp4`;
    const video = await writeVideo(join(directory, file), { ...episode, fps }, camera);
    features[camera] = {
      dtype: "video",
      shape: video.shape,
      names: ["height", "width", "channels"],
    };
    stats[camera] = video.stats;
    const { frames, bytes, parameters } = video;
    videos[camera] = { parameters, segments: [{ file, frames, bytes, sha256: null }] };
  }
  const manifest: EpisodeManifest = {
    version: 2,
    length,
    fps,
    robotType: episode.robotType === undefined ? "panda" : episode.robotType,
    features,
    tasks: episode.tasks ?? [{ task: "pick", from: 0, to: length }],
    data: { file: "data.parquet", bytes: null, sha256: null },
    videos,
    stats,
    source: {
      url: `file:///recordings/${seed}.mcap`,
      size: 1,
      identity: "1",
      configHash: "0".repeat(64),
      annotationHash: null,
    },
    software: "0.0.0",
    topics: [],
    warnings: [],
  };
  await writeFile(join(directory, "episode.json"), JSON.stringify(manifest));
  return { directory, label: `${seed}.mcap` };
}

const labels = (size: number): string[] =>
  Array.from({ length: size }, (_, index) => `joint_${index}`);

function numericColumns({ length, seed, joints = 4 }: SyntheticEpisode) {
  const at = (frame: number, element: number) => Math.sin(seed * 31 + frame / 7 + element);
  const floats = (width: number) =>
    Float32Array.from({ length: length * width }, (_, index) =>
      at(Math.floor(index / width), index % width),
    );
  const frames = length;
  const columns: Record<string, NumericColumn> = {
    "observation.state": { dtype: "float32", shape: [joints], frames, values: floats(joints) },
    action: { dtype: "float32", shape: [2], frames, values: floats(2) },
    "observation.gripper": { dtype: "float32", shape: [1], frames, values: floats(1) },
    "observation.matrix": { dtype: "float32", shape: [2, 3], frames, values: floats(6) },
    "next.done": {
      dtype: "bool",
      shape: [1],
      frames,
      values: Uint8Array.from({ length }, (_, frame) => Number(frame === length - 1)),
    },
    "observation.ticks": {
      dtype: "int64",
      shape: [2],
      frames,
      values: BigInt64Array.from({ length: length * 2 }, (_, index) => BigInt(seed * 1000 + index)),
    },
    "observation.pose": {
      dtype: "float64",
      shape: [2],
      frames,
      values: Float64Array.from(floats(2)),
    },
  };
  return columns;
}

async function writeVideo(
  path: string,
  options: SyntheticEpisode & { readonly fps: number },
  feature: string,
) {
  const { length, seed, fps, width = 64, height = 48, crf = 18, profile, brightness } = options;
  const sampled = new Set(sampledFrames(length));
  await using writer = await CameraWriter.open({
    path,
    fps,
    video: {
      codec: "libx264",
      crf,
      preset: "fast",
      pixel_format: "yuv420p",
      gop: GOP,
      threads: 1,
      profile,
    },
    sampled: (frame) => sampled.has(frame),
    feature,
    topic: "/camera",
  });
  for (let frame = 0; frame < length; frame++) {
    const data =
      brightness === undefined
        ? picture(width, height, seed * 40 + frame)
        : new Uint8Array(width * height * 3).fill(brightness * 200 + frame);
    await writer.write({ kind: "raw", encoding: "rgb8", width, height, step: width * 3, data }, 1);
  }
  return writer.finish();
}

/** A gradient that moves with every frame. */
function picture(width: number, height: number, phase: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = (x * 2 + phase * 3) % 256;
      data[at++] = (y * 3 + phase) % 256;
      data[at++] = (phase * 5) % 256;
    }
  }
  return data;
}
