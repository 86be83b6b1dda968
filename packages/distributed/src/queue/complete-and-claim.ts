import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { completeJob, writeEnd } from "./attempt-writes.js";
import { giveWay, takeNext, type ClaimOptions } from "./claim.js";
import { completed } from "./job-transitions.js";
import type { Lease } from "./lease.js";

export interface CompletedAndClaimed {
  /** The completed job. */
  readonly job: JobRecord;
  /**
   * The next one; undefined if there is none, if the worker may claim none, or if another worker was
   * in the way: only a claim of its own tells which.
   */
  readonly next: JobIn<"Processing"> | undefined;
}

/**
 * Completes a job and claims the next one in one transaction: a commit less for each job. The claim
 * is a try that never keeps the completion: after a conflict, or if it can't be read what to claim,
 * the job is completed alone.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if the attempt no longer holds the job
 */
export async function completeAndClaim(
  store: KvStore,
  { lease, result, workerId }: CompleteAndClaim,
  options: ClaimOptions,
): Promise<CompletedAndClaimed> {
  const { cursor } = options;
  const ticket = cursor.begin();
  const claim: { state: "open" | "reading" | "given up" } = { state: "open" };
  let taken = false;
  const both = async (tx: KvTransaction): Promise<CompletedAndClaimed> => {
    const job = await writeEnd(tx, lease, "completed", (held, now) => completed(held, result, now));
    if (claim.state === "given up") return { job, next: undefined };
    claim.state = "reading";
    const next = await takeNext(tx, workerId, options, ticket);
    claim.state = "open";
    return { job, next };
  };
  try {
    const done = await store.transact(both, {
      causal: true,
      onConflict: (conflicts) => {
        claim.state = "given up";
        giveWay(options, ticket, conflicts);
        // Free for the neighbours at once.
        cursor.choose(ticket, undefined);
      },
    });
    taken = done.next !== undefined;
    return done;
  } catch (error) {
    // Nothing was stored: the claim ended the transaction before its commit.
    if (claim.state !== "reading") throw error;
  } finally {
    cursor.end(ticket, taken);
  }
  return { job: await completeJob(store, lease, result), next: undefined };
}

export interface CompleteAndClaim {
  readonly lease: Lease;
  readonly result: JobResult;
  /** Who claims: another id than the lease's if the worker was declared dead meanwhile. */
  readonly workerId: string;
}
