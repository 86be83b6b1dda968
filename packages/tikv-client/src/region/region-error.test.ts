import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { errorpb } from "@roboflow/tikv-proto";
import { expect, test } from "vitest";
import { reactTo, type Reaction } from "./region-error.js";

const of = (init: MessageInitShape<typeof errorpb.ErrorSchema>) =>
  reactTo(create(errorpb.ErrorSchema, init));

test.each<[string, MessageInitShape<typeof errorpb.ErrorSchema>, Partial<Reaction>]>([
  ["NotLeader", { notLeader: {} }, { kind: "next-peer", wait: "region-scheduling" }],
  ["NotLeader", { notLeader: { leader: {} } }, { kind: "next-peer" }],
  ["NotLeader", { notLeader: { leader: { id: 5n } } }, { kind: "leader" }],
  ["EpochNotMatch", { epochNotMatch: {} }, { kind: "regions", regions: [] }],
  ["RegionNotFound", { regionNotFound: {} }, { kind: "reload", wait: "region-miss", free: 1 }],
  ["KeyNotInRegion", { keyNotInRegion: {} }, { kind: "reload", wait: "region-miss", free: 1 }],
  ["ServerIsBusy", { serverIsBusy: {} }, { kind: "same-peer", wait: "server-busy" }],
  ["ServerIsBusy", { serverIsBusy: { backoffMs: 9n } }, { wait: "server-busy", atMostMs: 9 }],
  ["StaleCommand", { staleCommand: {} }, { kind: "same-peer", wait: "stale-command" }],
  ["StoreNotMatch", { storeNotMatch: {} }, { kind: "other-store" }],
  [
    "RaftEntryTooLarge",
    { raftEntryTooLarge: {} },
    { kind: "fail", code: "ERR_ROBOFLOW_TIKV_VALUE" },
  ],
  [
    "MaxTimestampNotSynced",
    { maxTimestampNotSynced: {} },
    { kind: "same-peer", wait: "max-ts-not-synced" },
  ],
  [
    "ReadIndexNotReady",
    { readIndexNotReady: {} },
    { kind: "same-peer", wait: "region-scheduling" },
  ],
  [
    "ProposalInMergingMode",
    { proposalInMergingMode: {} },
    { kind: "same-peer", wait: "region-scheduling" },
  ],
  ["DataIsNotReady", { dataIsNotReady: {} }, { kind: "same-peer", wait: "region-scheduling" }],
  [
    "RegionNotInitialized",
    { regionNotInitialized: {} },
    { kind: "same-peer", wait: "region-not-initialized" },
  ],
  ["DiskFull", { diskFull: {} }, { kind: "same-peer", wait: "disk-full" }],
  [
    "RecoveryInProgress",
    { RecoveryInProgress: {} },
    { kind: "reload", wait: "recovery-in-progress" },
  ],
  ["FlashbackInProgress", { FlashbackInProgress: {} }, { kind: "fail" }],
  ["FlashbackNotPrepared", { FlashbackNotPrepared: {} }, { kind: "fail" }],
  ["IsWitness", { isWitness: {} }, { kind: "reload", wait: "is-witness" }],
  ["MismatchPeerId", { mismatchPeerId: {} }, { kind: "reload", wait: "region-miss" }],
  ["BucketVersionNotMatch", { bucketVersionNotMatch: {} }, { kind: "same-peer" }],
  ["UndeterminedResult", { undeterminedResult: {} }, { kind: "undetermined" }],
  ["unknown", { message: "something new" }, { kind: "next-peer", wait: "region-miss" }],
])("%s %o", (name, init, reaction) => {
  expect(of(init)).toMatchObject({ name, reaction });
});

test("every error that the message can hold has a name here", () => {
  const fields = errorpb.ErrorSchema.fields.filter(({ name }) => name !== "message");
  for (const field of fields) {
    expect(of({ [field.localName]: {} }).name, field.name).not.toBe("unknown");
  }
});
