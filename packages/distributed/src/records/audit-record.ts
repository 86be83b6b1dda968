import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Count, Time } from "./fields.js";

/** Who did what by hand, for people to read. */
export const AuditRecord = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  at: Time,
  actor: z.string(),
  action: z.enum(["submit", "seal", "cancel", "retry", "delete", "finalize"]),
  subject: z.object({ kind: z.enum(["job", "batch"]), id: z.string() }),
  /** Jobs it changed. */
  jobs: Count,
});
export type AuditRecord = z.infer<typeof AuditRecord>;

export const auditCodec = recordCodec("audit", 1, AuditRecord);
