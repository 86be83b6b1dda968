import type { Command, RegionReply } from "@roboflow/tikv-proto";
import type { Backoff } from "./backoff/backoff.js";
import type { KeyCodec } from "./key-codec.js";
import type { ResolvedOptions } from "./options.js";
import type { Pd } from "./pd/pd.js";
import type { Region } from "./region/region.js";

/** Indexes into a list of keys that lie in one region, in ascending order of keys. */
export interface RegionGroup {
  readonly region: Region;
  readonly indexes: readonly number[];
}

export interface SendOptions {
  /** How long one attempt may take, ms. */
  readonly timeoutMs?: number | undefined;
  /** Called when a request may have been executed though its answer will never come. */
  readonly onLostAnswer?: (() => void) | undefined;
  /** The same request may have been sent before, by another `send` (`Context.is_retry_request`). */
  readonly isRetry?: boolean | undefined;
  /** Read locks that this reader has resolved (`Context.resolved_locks`). */
  readonly resolvedLocks?: readonly bigint[] | undefined;
  /** Locks of transactions that have committed below the read (`Context.committed_locks`). */
  readonly committedLocks?: readonly bigint[] | undefined;
}

/** `stale`: the region is not what the cache said (it has been corrected): locate the keys anew. */
export type Sent<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "stale" };

/** What raw and transactional commands are built on. Keys are physical: `codec` has been applied. */
export interface Cluster {
  readonly pd: Pd;
  readonly codec: KeyCodec;
  readonly options: ResolvedOptions;
  /** For one call: `budgetMs` of waiting in all. */
  backoff(budgetMs: number, signal?: AbortSignal): Backoff;
  /** The region of `key` from the cache, if it is there: no promise on the usual path. */
  cachedRegion(key: Uint8Array): Region | undefined;
  locate(backoff: Backoff, key: Uint8Array): Promise<Region>;
  /** The region that ends at or holds what is just below `key`; for reverse scans. */
  locateBefore(backoff: Backoff, key: Uint8Array): Promise<Region>;
  /** `keys` need not be sorted. */
  group(backoff: Backoff, keys: readonly Uint8Array[]): Promise<RegionGroup[]>;
  /**
   * To the region's leader. Retries what the same region can still answer (a moved leader, a busy
   * or restarting store) within `backoff`.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_UNAVAILABLE`, `_ABORTED`, `_CLOSED`
   */
  send<Request, Reply extends RegionReply>(
    backoff: Backoff,
    region: Region,
    command: Command<Request, Reply>,
    request: Request,
    options?: SendOptions,
  ): Promise<Sent<Reply>>;
  /** As `send`, to whichever region holds `key`, however often that changes. */
  sendToKey<Request, Reply extends RegionReply>(
    backoff: Backoff,
    key: Uint8Array,
    command: Command<Request, Reply>,
    request: Request,
    options?: SendOptions,
  ): Promise<Reply>;
}
