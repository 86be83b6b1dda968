import { z } from "zod";

const perElement = z.array(z.number());

/**
 * Statistics of one feature of one episode, in a form that merges exactly (quantiles are never
 * averaged). Arrays have one entry for each element of the feature (numeric) or colour channel.
 */
export const FeatureStats = z.discriminatedUnion("kind", [
  /** Columns: moments here; quantiles over a dataset are computed from the columns themselves. */
  z.object({
    kind: z.literal("numeric"),
    /** Frames. */
    count: z.int().positive(),
    min: perElement,
    max: perElement,
    mean: perElement,
    /** Sum of squared distances from the mean (Welford's M2). */
    m2: perElement,
  }),
  /** Pictures: for R, G, B the number of sampled pixels of each value 0..255. */
  z.object({
    kind: z.literal("image"),
    /** Sampled frames, LeRobot's `count`. */
    count: z.int().positive(),
    histograms: z.array(z.array(z.int().nonnegative()).length(256)).length(3),
  }),
]);
export type FeatureStats = z.infer<typeof FeatureStats>;
