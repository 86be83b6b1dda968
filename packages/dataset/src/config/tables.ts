import { z } from "zod";

const MIB = 1024 * 1024;

/** LeRobot's reader compares times with a tolerance of 0.1 ms; this leaves ten times as much. */
const MAX_FPS = 1000;

/** The `[dataset]` table. */
export const DatasetTable = z.strictObject({
  name: z
    .string()
    .max(200)
    .regex(/^(?=.*\S)[^\p{Cc}/\\]+$/u, {
      error: "must be a name: not empty, without `/`, `\\` and control characters",
    })
    .describe("Name of the dataset; also the task of episodes that no other setting gives one."),
  fps: z.int().positive().max(MAX_FPS).describe("Frames a second of the dataset."),
  time: z
    .enum(["log", "header"])
    .default("log")
    .describe(
      "Which time places a message: when it was recorded (`log`), or its `header.stamp` (a message without one is an error).",
    ),
  robot_type: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Kind of robot, kept in meta/info.json."),
  env_type: z.string().min(1).max(200).optional().describe("Kind of environment."),
  task: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      "Language instruction of all frames that neither the job nor an annotation gives one.",
    ),
  data_files_size_in_mb: z
    .number()
    .positive()
    .default(100)
    .describe("A data file is continued until it would be larger, MiB."),
  video_files_size_in_mb: z
    .number()
    .positive()
    .default(200)
    .describe("A video file is continued until it would be larger, MiB."),
});
export type DatasetTable = z.infer<typeof DatasetTable>;

/** The `[flushing]` table: what a conversion may hold in memory. */
export const FlushingTable = z.strictObject({
  max_frames_per_chunk: z
    .int()
    .positive()
    .default(1000)
    .describe("Pictures of all cameras together that may wait for their encoders."),
  max_memory_bytes: z
    .int()
    .positive()
    .default(2048 * MIB)
    .describe("Memory that waiting pictures may take, as recorded, bytes."),
  incremental_video_encoding: z
    .boolean()
    .default(true)
    .describe("Encode pictures as they come, instead of at the end."),
});
export type FlushingTable = z.infer<typeof FlushingTable>;

/** The `[streaming]` table: reading from and writing to object stores. */
export const StreamingTable = z.strictObject({
  ring_buffer_size: z
    .int()
    .positive()
    .default(128)
    .describe("Pictures of one camera that may wait for its encoder."),
  upload_part_size: z
    .int()
    .min(5 * MIB)
    .max(5 * 1024 * MIB)
    .default(16 * MIB)
    .describe("Size of one part of a multipart upload, bytes."),
  buffer_timeout_secs: z
    .number()
    .positive()
    .default(5)
    .describe("Longest wait for room in a buffer, seconds."),
});
export type StreamingTable = z.infer<typeof StreamingTable>;
