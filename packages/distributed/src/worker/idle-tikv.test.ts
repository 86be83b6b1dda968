import { setTimeout as sleep } from "node:timers/promises";
import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, it } from "vitest";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { TikvStore } from "../store/tikv-store.js";
import { storeConfigs } from "./store-configs.js";
import { withDefaults } from "./worker-options.js";
import { WORKER_ROLES, type WorkerRole } from "./worker-role.js";

/** All times are this much shorter than the defaults: a slow machine only asks less. */
const FASTER = 40;

const ROLES: readonly (readonly WorkerRole[])[] = [["worker"], ["finalizer"], WORKER_ROLES];
const WORKERS = ROLES.map((roles) => ({ name: roles.join(" and "), roles }));

it.each(WORKERS)(
  "a $name asks TiKV and PD less than every other second when idle",
  async ({ roles }) => {
    await using cluster = await TestCluster.start();
    await using store = await TikvStore.open(cluster.endpoints);
    await using rig = await workerRig(store);
    const { queue, storage, client } = rig;
    const configs = storeConfigs(client);
    const defaults = withDefaults({ queue, storage, configs, ...fakeConversion(storage) });
    const worker = rig.worker({
      roles,
      heartbeatMs: defaults.heartbeatMs / FASTER,
      idleHeartbeatMs: defaults.idleHeartbeatMs / FASTER,
      leaseMs: defaults.leaseMs / FASTER,
      pollMs: defaults.pollMs / FASTER,
      sweepMs: defaults.sweepMs / FASTER,
      idleReapMs: defaults.idleReapMs / FASTER,
    });
    const run = worker.run();
    await rig.event("idle");
    await sleep(defaults.leaseMs / FASTER);
    const began = performance.now();
    const before = { all: cluster.calls(), safePoints: cluster.calls("GetGCSafePoint") };
    const timestamps = cluster.calls("Tso");
    // Twice the period of what is done least often.
    await sleep((2 * defaults.idleReapMs) / FASTER);
    const seconds = ((performance.now() - began) * FASTER) / 1_000;
    // At most one look at the safe point goes with each transaction, but for the time being shorter.
    const looks = cluster.calls("GetGCSafePoint") - before.safePoints;
    const calls = cluster.calls() - before.all - looks + (cluster.calls("Tso") - timestamps);
    expect(calls / seconds).toBeLessThanOrEqual(0.5);
    await worker.stop();
    await run;
  },
  30_000,
);
