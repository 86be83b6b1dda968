import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Count, Time } from "./fields.js";

const WorkerBase = z.object({
  version: z.literal(1),
  /** New for each process. */
  id: z.string().min(1),
  host: z.string(),
  pid: Count,
  /** Jobs at once. */
  slots: z.int().positive(),
  startedAt: Time,
  heartbeatAt: Time,
  /** Without a heartbeat for so long its jobs may be taken, milliseconds. */
  leaseMs: z.int().positive(),
  /** `worker`, `finalizer`; absent in older records, which do both. */
  roles: z.array(z.string()).optional(),
});

/** A worker process. `Dead` is final: it can neither claim nor come back under this id. */
export const WorkerRecord = z.discriminatedUnion("status", [
  WorkerBase.extend({ status: z.literal("Alive") }),
  WorkerBase.extend({ status: z.literal("Draining") }),
  WorkerBase.extend({ status: z.literal("Dead"), diedAt: Time }),
]);
export type WorkerRecord = z.infer<typeof WorkerRecord>;

export const workerCodec = recordCodec("worker", 1, WorkerRecord);
