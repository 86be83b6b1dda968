import type { EpisodeManifest, VideoParameters } from "../episode/manifest.js";
import type { NumericDtype } from "../parquet/column.js";
import type { InfoFeature } from "./dataset-info.js";

/** A feature with a column in the data files. */
export interface NumericFeature {
  readonly name: string;
  readonly dtype: NumericDtype;
  readonly shape: readonly number[];
}

/** The columns that LeRobot adds, always last and in this order. */
export const DEFAULT_FEATURES = [
  { name: "timestamp", dtype: "float32", shape: [1] },
  { name: "frame_index", dtype: "int64", shape: [1] },
  { name: "episode_index", dtype: "int64", shape: [1] },
  { name: "index", dtype: "int64", shape: [1] },
  { name: "task_index", dtype: "int64", shape: [1] },
] as const satisfies readonly NumericFeature[];

/** The features of a dataset of such episodes, as `meta/info.json` lists them. */
export function infoFeatures(manifest: EpisodeManifest): Record<string, InfoFeature> {
  const features: Record<string, InfoFeature> = {};
  for (const [name, { dtype, shape, names }] of Object.entries(manifest.features)) {
    const video = manifest.videos[name];
    features[name] = {
      dtype,
      shape,
      names,
      ...(video === undefined ? {} : { info: videoInfo(video.parameters, manifest.fps) }),
    };
  }
  for (const { name, dtype, shape } of DEFAULT_FEATURES) {
    features[name] = { dtype, shape: [...shape], names: null };
  }
  return features;
}

function videoInfo({ codec, width, height, pixFmt }: VideoParameters, fps: number) {
  return {
    "video.height": height,
    "video.width": width,
    "video.codec": codec,
    "video.pix_fmt": pixFmt,
    "video.is_depth_map": false,
    "video.fps": fps,
    "video.channels": 3,
    has_audio: false,
  };
}

/** The features with a column, in order of the columns. */
export function numericFeatures(manifest: EpisodeManifest): NumericFeature[] {
  const own = Object.entries(manifest.features).flatMap(([name, { dtype, shape }]) =>
    dtype === "video" ? [] : [{ name, dtype, shape }],
  );
  return [...own, ...DEFAULT_FEATURES];
}

/** Cameras, in the order of the features. */
export function cameraNames(manifest: EpisodeManifest): string[] {
  return Object.keys(manifest.features).filter(
    (name) => manifest.features[name]?.dtype === "video",
  );
}

/**
 * The schema metadata by which Python's `datasets` restores the features of a data file.
 * Format: `datasets.Features.to_dict()` of version 4.
 */
export function huggingfaceMetadata(features: readonly NumericFeature[]): string {
  const described = features.map(({ name, dtype, shape }) => {
    const value = { dtype, _type: "Value" };
    const [size = 1] = shape;
    if (shape.length > 1) return [name, { shape, dtype, _type: `Array${shape.length}D` }];
    return [name, size === 1 ? value : { feature: value, length: size, _type: "List" }];
  });
  return JSON.stringify({ info: { features: Object.fromEntries(described) } });
}
