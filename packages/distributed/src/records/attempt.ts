import { z } from "zod";
import { ErrorRecord } from "./error-record.js";
import { Count, Time } from "./fields.js";

const started = z.object({
  /** The lease epoch of this attempt; its artifacts are under it. */
  epoch: Count,
  worker: z.string(),
  startedAt: Time,
});
const ended = started.extend({ endedAt: Time });

/** One try at a job. Only `failed` ones count against `maxAttempts`. */
export const Attempt = z.discriminatedUnion("outcome", [
  started.extend({ outcome: z.literal("running") }),
  ended.extend({ outcome: z.literal("completed") }),
  ended.extend({ outcome: z.literal("failed"), error: ErrorRecord }),
  /** `error`: the outage that ended it; absent if its worker ended. */
  ended.extend({ outcome: z.literal("handedBack"), error: ErrorRecord.optional() }),
  ended.extend({ outcome: z.literal("cancelled") }),
]);
export type Attempt = z.infer<typeof Attempt>;
