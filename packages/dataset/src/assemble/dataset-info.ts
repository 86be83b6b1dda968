import { z } from "zod";

/** What `meta/info.json` says of a feature; fields that lerobot does not know are kept. */
export const InfoFeature = z.looseObject({
  dtype: z.string(),
  /** Without time; cameras are height, width, channels. */
  shape: z.array(z.int().positive()).min(1),
  names: z.unknown(),
});
export type InfoFeature = z.infer<typeof InfoFeature>;

/** `meta/info.json` of LeRobot v3.0, in the order that lerobot writes it. */
export const DatasetInfo = z.looseObject({
  codebase_version: z.string().regex(/^v3\./),
  robot_type: z.string().nullable(),
  total_episodes: z.int().positive(),
  total_frames: z.int().positive(),
  total_tasks: z.int().positive(),
  chunks_size: z.int().positive(),
  data_files_size_in_mb: z.number().positive(),
  video_files_size_in_mb: z.number().positive(),
  fps: z.number().positive(),
  splits: z.record(z.string(), z.string()),
  data_path: z.string(),
  video_path: z.string().nullable(),
  features: z.record(z.string(), InfoFeature),
});
export type DatasetInfo = z.infer<typeof DatasetInfo>;
