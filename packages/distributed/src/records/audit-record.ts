import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Count, Time } from "./fields.js";

export const AUDIT_ACTIONS = [
  "submit",
  "seal",
  "cancel",
  "retry",
  "delete",
  "finalize",
  "pause",
  "resume",
  "limit",
  "prune",
  "repair",
] as const;

/** Who did what by hand, for people to read. */
export const AuditRecord = z.object({
  /** Version 1 had only the actions up to `finalize`, and jobs and batches as subjects. */
  version: z.union([z.literal(1), z.literal(2)]),
  id: z.string().min(1),
  at: Time,
  actor: z.string(),
  action: z.enum(AUDIT_ACTIONS),
  /** The store stands for what concerns all of it; its id is that of `storeId`, or empty. */
  subject: z.object({ kind: z.enum(["job", "batch", "config", "store"]), id: z.string() }),
  /** Jobs it changed. */
  jobs: Count,
  /** What the action alone does not tell, such as the new limit. */
  detail: z.string().optional(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
export type AuditAction = AuditRecord["action"];

export const auditCodec = recordCodec("audit", 2, AuditRecord);
