import type { errorpb, metapb } from "@roboflow/tikv-proto";
import type { BackoffReason } from "../backoff/backoff.js";
import type { TikvErrorCode } from "../error.js";

/** What to do about a region error. */
export type Reaction =
  /** Ask the same peer again after a wait; `atMostMs`: the server's own hint. */
  | { readonly kind: "same-peer"; readonly wait: BackoffReason; readonly atMostMs?: number }
  /** Ask the next peer after a wait. */
  | { readonly kind: "next-peer"; readonly wait: BackoffReason }
  /** The server knows who leads. */
  | { readonly kind: "leader"; readonly leader: metapb.Peer }
  /** The server knows the regions that are there now; with none, PD does. */
  | { readonly kind: "regions"; readonly regions: readonly metapb.Region[] }
  /** The cached region is of no use: ask PD, the first time in a call without a wait. */
  | { readonly kind: "reload"; readonly wait: BackoffReason; readonly free: number }
  /** Another store answers at the address: ask PD for address and region. */
  | { readonly kind: "other-store" }
  /** It may have been executed: say so, and ask again. */
  | { readonly kind: "undetermined" }
  /** No try will do. */
  | { readonly kind: "fail"; readonly code: TikvErrorCode; readonly what: string };

export interface NamedReaction {
  /** As the message names it, for logs, hooks and errors. */
  readonly name: string;
  readonly reaction: Reaction;
}

/**
 * Every region error of `errorpb.Error` and what client-go does about it
 * (`onRegionError` in `internal/locate/region_request.go`).
 */
export function reactTo(error: errorpb.Error): NamedReaction {
  const named = (name: string, reaction: Reaction): NamedReaction => ({ name, reaction });
  if (error.notLeader !== undefined) {
    const { leader } = error.notLeader;
    return named(
      "NotLeader",
      leader === undefined || leader.id === 0n
        ? { kind: "next-peer", wait: "region-scheduling" }
        : { kind: "leader", leader },
    );
  }
  if (error.epochNotMatch !== undefined) {
    return named("EpochNotMatch", { kind: "regions", regions: error.epochNotMatch.currentRegions });
  }
  if (error.regionNotFound !== undefined) {
    return named("RegionNotFound", { kind: "reload", wait: "region-miss", free: 1 });
  }
  if (error.keyNotInRegion !== undefined) {
    return named("KeyNotInRegion", { kind: "reload", wait: "region-miss", free: 1 });
  }
  if (error.serverIsBusy !== undefined) {
    const hint = Number(error.serverIsBusy.backoffMs);
    return named("ServerIsBusy", {
      kind: "same-peer",
      wait: "server-busy",
      ...(hint > 0 ? { atMostMs: hint } : {}),
    });
  }
  if (error.staleCommand !== undefined) {
    return named("StaleCommand", { kind: "same-peer", wait: "stale-command" });
  }
  if (error.storeNotMatch !== undefined) return named("StoreNotMatch", { kind: "other-store" });
  if (error.raftEntryTooLarge !== undefined) {
    return named("RaftEntryTooLarge", {
      kind: "fail",
      code: "ERR_ROBOFLOW_TIKV_VALUE",
      what: `one write of ${error.raftEntryTooLarge.entrySize} bytes is over the store's raft-entry-max-size`,
    });
  }
  return reactToRest(error);
}

function reactToRest(error: errorpb.Error): NamedReaction {
  const same = (name: string, wait: BackoffReason): NamedReaction => ({
    name,
    reaction: { kind: "same-peer", wait },
  });
  const reload = (name: string, wait: BackoffReason, free = 0): NamedReaction => ({
    name,
    reaction: { kind: "reload", wait, free },
  });
  const fail = (name: string, what: string): NamedReaction => ({
    name,
    reaction: { kind: "fail", code: "ERR_ROBOFLOW_TIKV_UNAVAILABLE", what },
  });
  if (error.maxTimestampNotSynced !== undefined) {
    return same("MaxTimestampNotSynced", "max-ts-not-synced");
  }
  if (error.readIndexNotReady !== undefined) return same("ReadIndexNotReady", "region-scheduling");
  if (error.proposalInMergingMode !== undefined) {
    return same("ProposalInMergingMode", "region-scheduling");
  }
  if (error.dataIsNotReady !== undefined) return same("DataIsNotReady", "region-scheduling");
  if (error.regionNotInitialized !== undefined) {
    return same("RegionNotInitialized", "region-not-initialized");
  }
  if (error.diskFull !== undefined) return same("DiskFull", "disk-full");
  if (error.RecoveryInProgress !== undefined) {
    return reload("RecoveryInProgress", "recovery-in-progress");
  }
  if (error.FlashbackInProgress !== undefined) {
    return fail("FlashbackInProgress", "the region is being flashed back");
  }
  if (error.FlashbackNotPrepared !== undefined) {
    return fail("FlashbackNotPrepared", "the region is not prepared for a flashback");
  }
  if (error.isWitness !== undefined) return reload("IsWitness", "is-witness");
  if (error.mismatchPeerId !== undefined) return reload("MismatchPeerId", "region-miss", 1);
  // Buckets are never asked for; the region itself may be as it was.
  if (error.bucketVersionNotMatch !== undefined)
    return same("BucketVersionNotMatch", "region-miss");
  if (error.undeterminedResult !== undefined) {
    return { name: "UndeterminedResult", reaction: { kind: "undetermined" } };
  }
  return { name: "unknown", reaction: { kind: "next-peer", wait: "region-miss" } };
}
