import { keyId, prefixRange } from "../keys/codec.js";
import { JobKeys, LimitKeys } from "../keys/keys.js";
import type { JobRecord } from "../records/job-record.js";
import { limitCodec, type LimitRecord } from "../records/limit-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";
import { writeJob } from "./job-index.js";
import { findReadableJobs } from "./read-job.js";

/** A limited batch within one transaction. */
interface Room {
  /** Jobs that may be ready or running at once. */
  readonly most: number;
  admitted: number;
}

export interface AdmissionOptions {
  /** False where the jobs that would take a free place are about to end as well; true by default. */
  readonly refill?: boolean;
}

/**
 * Changes jobs within one transaction, and keeps their batches within their limits: what may not be
 * ready waits, and what ends lets the next in. Claims therefore know nothing of limits. Every
 * change of what counts locks the batch's limit, so that two at once exclude each other.
 */
export class Admission {
  readonly #tx: KvTransaction;
  readonly #refill: boolean;
  readonly #rooms = new Map<string, Room | undefined>();

  constructor(tx: KvTransaction, { refill = true }: AdmissionOptions = {}) {
    this.#tx = tx;
    this.#refill = refill;
  }

  /**
   * Stores the end of a job, or that it became ready or delayed; a claim needs none of this.
   * @returns the job as it is stored
   */
  async change(before: JobRecord | undefined, after: JobRecord): Promise<JobRecord> {
    const counted = before?.admission === "admitted";
    if (after.status !== "Pending" || after.notBefore !== null) {
      const stored = unlimited(after);
      const room = counted ? await this.#room(after.batchId) : undefined;
      writeJob(this.#tx, before, stored);
      if (counted) await this.#leave(after.batchId, room);
      return stored;
    }
    const room = await this.#room(after.batchId);
    if (room && counted) room.admitted -= 1;
    const stored = room === undefined ? unlimited(after) : { ...after, ...enter(room) };
    writeJob(this.#tx, before, stored);
    return stored;
  }

  async remove(before: JobRecord): Promise<void> {
    const counted = before.admission === "admitted";
    const room = counted ? await this.#room(before.batchId) : undefined;
    writeJob(this.#tx, before, undefined);
    if (counted) await this.#leave(before.batchId, room);
  }

  /** Counts a running job that was claimed before its batch had a limit. */
  async count(job: JobRecord): Promise<void> {
    if (job.status !== "Processing" || job.admission !== undefined) return;
    const room = await this.#room(job.batchId);
    if (room === undefined) return;
    room.admitted += 1;
    writeJob(this.#tx, job, { ...job, admission: "admitted" });
  }

  /**
   * Lets waiting jobs in, highest priority first, as far as there is room.
   * @param most at most so many
   * @returns how many
   */
  async admit(batchId: string, most: number): Promise<number> {
    const room = await this.#room(batchId);
    const free = room === undefined ? most : Math.min(most, room.most - room.admitted);
    if (free <= 0) return 0;
    let left = free;
    const ids: string[] = [];
    // Some may be left to a newer version.
    const range = prefixRange(JobKeys.waitingOf(batchId));
    for await (const { key } of this.#tx.scan({ ...range, limit: free + SPARE })) {
      ids.push(keyId(key));
    }
    for (const job of await findReadableJobs(this.#tx, ids)) {
      if (left === 0) break;
      if (job.status !== "Pending" || job.admission !== "waiting") continue;
      const stored = room === undefined ? unlimited(job) : { ...job, ...enter(room) };
      writeJob(this.#tx, job, { ...stored, updatedAt: this.#tx.now });
      left -= 1;
    }
    return free - left;
  }

  async #leave(batchId: string, room: Room | undefined): Promise<void> {
    if (room) room.admitted -= 1;
    if (this.#refill) await this.admit(batchId, 1);
  }

  /** Undefined for a batch without a limit. Counts what is stored, so ask before writing. */
  async #room(batchId: string): Promise<Room | undefined> {
    if (this.#rooms.has(batchId)) return this.#rooms.get(batchId);
    const limit = await findLimit(this.#tx, batchId);
    let room: Room | undefined;
    if (limit) {
      this.#tx.lock(LimitKeys.limit(batchId));
      const most = limit.paused ? 0 : limit.maxRunning;
      if (most !== null) room = { most, admitted: await this.#countAdmitted(batchId) };
    }
    this.#rooms.set(batchId, room);
    return room;
  }

  async #countAdmitted(batchId: string): Promise<number> {
    let admitted = 0;
    const pairs = this.#tx.scan(prefixRange(JobKeys.admittedOf(batchId)));
    for await (const _ of pairs) admitted += 1;
    return admitted;
  }
}

const SPARE = 4;

function enter(room: Room): { admission: "admitted" | "waiting" } {
  if (room.admitted >= room.most) return { admission: "waiting" };
  room.admitted += 1;
  return { admission: "admitted" };
}

function unlimited<J extends JobRecord>(job: J): J {
  return job.admission === undefined ? job : { ...job, admission: undefined };
}

export async function findLimit(
  reader: KvReader,
  batchId: string,
): Promise<LimitRecord | undefined> {
  const key = LimitKeys.limit(batchId);
  const value = await reader.get(key);
  return value === undefined ? undefined : limitCodec.decode(value, describeKey(key));
}
