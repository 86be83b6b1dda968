import { setTimeout as pause } from "node:timers/promises";
import type { ControlledCluster, FaultKind } from "../servers/controlled-cluster.js";
import type { Random } from "./random.js";

const RPCS = [
  "KvGet",
  "KvBatchGet",
  "KvScan",
  "KvPrewrite",
  "KvPrewrite",
  "KvPrewrite",
  "KvCommit",
  "KvCommit",
  "KvCommit",
  "KvPessimisticLock",
  "KvPessimisticRollback",
  "KvBatchRollback",
  "KvCheckTxnStatus",
  "KvCheckSecondaryLocks",
  "KvResolveLock",
] as const;

const FAULTS: readonly [FaultKind, ...FaultKind[]] = [
  "lost-answer",
  "lost-answer",
  "unavailable",
  "not-leader",
  "region-not-found",
  "epoch-not-match",
  "stale-command",
  "max-timestamp-not-synced",
  "delay",
];

/** Long enough for locks that nobody keeps alive to expire, ms. */
const EXPIRY_MS = 4000;

/** Does things to a cluster, one after the other, until it is told to stop. */
export async function disturb(
  server: ControlledCluster,
  random: Random,
  keys: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<void> {
  const acts = actsOn(server, random, keys);
  while (!signal.aborted) {
    await random.pick(acts)();
    await pause(random.below(8));
  }
}

type Act = () => Promise<void>;

function actsOn(
  server: ControlledCluster,
  random: Random,
  keys: readonly [string, ...string[]],
): [Act, ...Act[]] {
  const acts: [Act, ...Act[]] = [() => server.split(random.pick(keys))];
  if (server.can.has("merge")) {
    // There may be no region behind it.
    acts.push(() => server.merge(random.pick(keys)).catch(() => {}));
  }
  if (server.can.has("move-leader") && server.storeIds.length > 1) {
    acts.push(() => server.moveLeader(random.pick(keys)));
  }
  if (server.can.has("fault") && server.can.has("lost-answer")) {
    const fault: Act = async () => {
      // One kind at a time: calls must be able to succeed within their budgets.
      await server.clearFaults();
      const [kind, rpc] = [random.pick(FAULTS), random.pick(RPCS)];
      await server.fault({ kind, rpc, ms: random.below(30), times: 1 + random.below(3) });
    };
    const loseCommit: Act = async () => {
      await server.clearFaults();
      const rpc = random.pick(["KvCommit", "KvPrewrite"]);
      await server.fault({ kind: "lost-answer", rpc });
    };
    acts.push(fault, fault, loseCommit);
  }
  if (server.can.has("clock")) {
    acts.push(async () => {
      if (random.chance(0.2)) await server.advanceClock(EXPIRY_MS);
    });
  }
  return acts;
}
