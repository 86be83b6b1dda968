import { RoboflowError } from "@roboflow/core";
import { DistributedError } from "../error.js";
import type { LossReason } from "../queue/lease.js";

/** Why a running attempt is stopped from outside. */
export type StopReason =
  /** The job is no longer this worker's: nothing is written. */
  | { readonly kind: "lost"; readonly reason: LossReason }
  /** The worker ends: another may have the job. */
  | { readonly kind: "handBack" }
  | { readonly kind: "timeout"; readonly afterMs: number };

/** What is written to the queue when an attempt ends without a result. */
export type AttemptEnd =
  | { readonly kind: "lost"; readonly reason: LossReason }
  /** `newer`: something it needs is of a newer version, so this worker must not take it again. */
  | { readonly kind: "handBack"; readonly newer: boolean }
  | { readonly kind: "failed"; readonly error: unknown };

/** Codes of an attempt that something outside ended, e.g. a signal to the whole process group. */
const ENDED_FROM_OUTSIDE = new Set(["ERR_ROBOFLOW_ABORTED", "ERR_ROBOFLOW_CHILD_CRASHED"]);

/**
 * @param error what the attempt threw
 * @param stop why it was stopped; undefined if it ended by itself
 * @param ending whether the worker is about to end
 */
export function attemptEnd(
  error: unknown,
  stop: StopReason | undefined,
  ending: boolean,
): AttemptEnd {
  if (stop?.kind === "lost") return stop;
  if (stop?.kind === "handBack") return { kind: "handBack", newer: false };
  if (stop?.kind === "timeout") {
    return {
      kind: "failed",
      error: new DistributedError(
        "ERR_ROBOFLOW_ATTEMPT_TIMEOUT",
        `The attempt took longer than its limit of ${stop.afterMs / 1000} s`,
        { permanence: "transient" },
      ),
    };
  }
  const code = error instanceof RoboflowError ? error.code : undefined;
  if (code === "ERR_ROBOFLOW_LEASE_LOST") return { kind: "lost", reason: "taken" };
  if (code === "ERR_ROBOFLOW_RECORD_NEWER") return { kind: "handBack", newer: true };
  if (ending && code !== undefined && ENDED_FROM_OUTSIDE.has(code)) {
    return { kind: "handBack", newer: false };
  }
  return { kind: "failed", error };
}
