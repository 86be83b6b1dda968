import { z } from "zod";

const milliseconds = z.number().nonnegative();

/** What became of one mapping's messages: kept with the episode and shown by `jobs get`. */
export const TopicReport = z.object({
  topic: z.string(),
  feature: z.string(),
  /** Messages in the recording. */
  messages: z.int().nonnegative(),
  /** Messages that at least one frame took. */
  used: z.int().nonnegative(),
  /** Messages that no frame took. */
  dropped: z.int().nonnegative(),
  /** Frames whose message an earlier frame took already. */
  held: z.int().nonnegative(),
  /** Frames computed between two messages. */
  interpolated: z.int().nonnegative(),
  /** Frames whose message was older than the mapping's maximum age. */
  stale: z.int().nonnegative(),
  /** Frames that had no message and took the mapping's fill. */
  filled: z.int().nonnegative(),
  /** Distance from frame time to message time over all frames, milliseconds. */
  skewMs: z.object({ p50: milliseconds, p95: milliseconds, max: milliseconds }),
});
export type TopicReport = z.infer<typeof TopicReport>;
