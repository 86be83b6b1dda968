import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Time } from "./fields.js";

/** What the last round of garbage collection found or did. */
export const GarbageRecord = z.object({
  version: z.literal(1),
  /** The cluster's safe point then, a TiKV timestamp in decimal digits. */
  safePoint: z.string().regex(/^\d+$/, "expected decimal digits"),
  /** Since when it stands there. */
  since: Time,
  /** Whether this fleet moves it; false while somebody else may. */
  ours: z.boolean(),
});
export type GarbageRecord = z.infer<typeof GarbageRecord>;

export const garbageCodec = recordCodec("garbage collection", 1, GarbageRecord);
