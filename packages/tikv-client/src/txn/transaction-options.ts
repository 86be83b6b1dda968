import { oneOf } from "../options.js";

export interface TransactionOptions {
  /**
   * `optimistic` (default): conflicts show at the commit. `pessimistic`: `lockKeys` waits for
   * others, and what it has locked can't conflict.
   */
  readonly mode?: "optimistic" | "pessimistic";
  /** Commit in one phase what one request can carry. Default false, as client-go's. */
  readonly onePc?: boolean;
  /** Return from a commit once all is prewritten, for up to 256 keys of 4 KiB in all. Default false. */
  readonly asyncCommit?: boolean;
  /**
   * Spares one-phase and async commits a timestamp: a transaction that begins after this commit is
   * then sure to see it only if it depends on it. Default false.
   */
  readonly causalConsistency?: boolean;
  /** For every call of the transaction that names no other. */
  readonly signal?: AbortSignal;
}

export interface ResolvedTransactionOptions {
  readonly mode: "optimistic" | "pessimistic";
  readonly onePc: boolean;
  readonly asyncCommit: boolean;
  readonly causalConsistency: boolean;
  readonly signal: AbortSignal | undefined;
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT` for an unknown mode */
export function resolveTransactionOptions(
  options: TransactionOptions,
  defaults: TransactionOptions,
): ResolvedTransactionOptions {
  const mode = options.mode ?? defaults.mode ?? "optimistic";
  return {
    mode: oneOf("mode", mode, ["optimistic", "pessimistic"]),
    onePc: options.onePc ?? defaults.onePc ?? false,
    asyncCommit: options.asyncCommit ?? defaults.asyncCommit ?? false,
    causalConsistency: options.causalConsistency ?? defaults.causalConsistency ?? false,
    signal: options.signal ?? defaults.signal,
  };
}
