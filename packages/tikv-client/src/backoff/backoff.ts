/** Why a call waits before it tries again; each has its own base, cap and jitter. */
export type BackoffReason =
  | "pd"
  | "tikv-rpc"
  | "region-miss"
  | "region-scheduling"
  | "region-not-initialized"
  | "update-leader"
  | "server-busy"
  | "disk-full"
  | "stale-command"
  | "max-ts-not-synced"
  | "recovery-in-progress"
  | "is-witness"
  | "txn-lock-fast"
  | "txn-not-found";

/** The waits of one call, under one total budget. */
export interface Backoff {
  readonly signal: AbortSignal | undefined;
  /**
   * Waits, longer each time for the same reason; `cause` is what was met.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_UNAVAILABLE` once the budget is used up, listing what was
   * met (`ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE` if that was PD); `ERR_ROBOFLOW_TIKV_ABORTED`;
   * `ERR_ROBOFLOW_TIKV_CLOSED`
   */
  wait(reason: BackoffReason, cause: unknown, atMostMs?: number): Promise<void>;
  /** For parallel parts of a call: waits of its own, what is left of the budget. */
  fork(): Backoff;
  /** What is left of the budget, ms. */
  readonly leftMs: number;
  /** Counts time that a failed attempt took against the budget. */
  charge(ms: number): void;
  /** True the first `times` times: what may be tried again without a wait, but not for ever. */
  free(what: string, times: number): boolean;
}
