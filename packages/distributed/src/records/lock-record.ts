import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Count, Time } from "./fields.js";

/** Who leads. Expiry permits taking the lock; the token decides who holds it. */
export const LockRecord = z.object({
  version: z.literal(1),
  name: z.string().min(1),
  /** Fencing token: grows with every change of holder. */
  token: Count,
  /** Worker id; null once released. */
  holder: z.string().nullable(),
  acquiredAt: Time,
  renewedAt: Time,
  leaseMs: z.int().positive(),
});
export type LockRecord = z.infer<typeof LockRecord>;

export const lockCodec = recordCodec("lock", 1, LockRecord);
