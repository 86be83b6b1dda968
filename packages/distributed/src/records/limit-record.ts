import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Count, Time } from "./fields.js";

const Pause = z.object({ by: z.string(), at: Time });

/** How many jobs of a batch may be ready or running at once; the rest wait under `waiting/`. */
export const LimitRecord = z.object({
  version: z.literal(1),
  batchId: z.string().min(1),
  /** null: as many as there are workers. */
  maxRunning: Count.nullable(),
  /** While it is set no job becomes ready. */
  paused: Pause.nullable(),
  updatedAt: Time,
});
export type LimitRecord = z.infer<typeof LimitRecord>;

export const limitCodec = recordCodec("limit", 1, LimitRecord);

/** What holds for the whole fleet. */
export const ControlRecord = z.object({
  version: z.literal(1),
  /** While it is set no worker claims. */
  paused: Pause.nullable(),
  updatedAt: Time,
});
export type ControlRecord = z.infer<typeof ControlRecord>;

export const controlCodec = recordCodec("control", 1, ControlRecord);
