/** Why a call waits before it tries again; each has its own base, cap and jitter. */
export type BackoffReason =
  | "pd"
  | "tikv-rpc"
  | "region-miss"
  | "region-scheduling"
  | "update-leader"
  | "server-busy"
  | "disk-full"
  | "stale-command"
  | "max-ts-not-synced"
  | "recovery-in-progress"
  | "txn-lock"
  | "txn-lock-fast"
  | "txn-not-found";

/** The waits of one call, under one total budget. */
export interface Backoff {
  readonly signal: AbortSignal | undefined;
  /**
   * Waits, longer each time for the same reason; `cause` is what was met.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_UNAVAILABLE` once the budget is used up, listing what was
   * met; `ERR_ROBOFLOW_TIKV_ABORTED`; `ERR_ROBOFLOW_TIKV_CLOSED`
   */
  wait(reason: BackoffReason, cause: unknown, atMostMs?: number): Promise<void>;
  /** For parallel parts of a call: waits of its own, what is left of the budget. */
  fork(): Backoff;
}
