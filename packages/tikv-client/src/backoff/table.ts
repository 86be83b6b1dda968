import type { BackoffReason } from "./backoff.js";

export interface BackoffShape {
  /** The first wait, ms; each further one doubles it. */
  readonly base: number;
  /** The longest wait, ms. */
  readonly cap: number;
  /** `equal`: half of the wait is random, so that clients that failed together come back apart. */
  readonly jitter: "none" | "equal";
}

/** client-go's figures (`config/retry/config.go`); `update-leader` is that of its earlier versions. */
export const BACKOFF_TABLE: Readonly<Record<BackoffReason, BackoffShape>> = {
  pd: { base: 500, cap: 3000, jitter: "equal" },
  "tikv-rpc": { base: 100, cap: 2000, jitter: "equal" },
  "region-miss": { base: 2, cap: 500, jitter: "none" },
  "region-scheduling": { base: 2, cap: 500, jitter: "none" },
  "region-not-initialized": { base: 2, cap: 1000, jitter: "none" },
  "update-leader": { base: 1, cap: 10, jitter: "none" },
  "server-busy": { base: 2000, cap: 10_000, jitter: "equal" },
  "disk-full": { base: 500, cap: 5000, jitter: "none" },
  "stale-command": { base: 2, cap: 1000, jitter: "none" },
  "max-ts-not-synced": { base: 2, cap: 500, jitter: "none" },
  "recovery-in-progress": { base: 100, cap: 10_000, jitter: "equal" },
  "is-witness": { base: 1000, cap: 10_000, jitter: "equal" },
  "txn-lock-fast": { base: 2, cap: 3000, jitter: "equal" },
  "txn-not-found": { base: 2, cap: 500, jitter: "none" },
};

/** The wait before attempt `attempt` + 1, ms; `random` is in [0, 1). */
export function backoffMs(reason: BackoffReason, attempt: number, random: number): number {
  const { base, cap, jitter } = BACKOFF_TABLE[reason];
  const full = Math.min(cap, base * 2 ** attempt);
  return jitter === "none" ? full : full / 2 + (full / 2) * random;
}
