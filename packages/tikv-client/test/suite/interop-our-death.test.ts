import { afterEach, beforeEach, expect, it } from "vitest";
import { ClientGo } from "../servers/client-go.js";
import type { FaultSpec } from "../servers/controlled-cluster.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { DoomedClient, type DoomedPlan } from "../servers/doomed-client.js";
import { text } from "../support/text.js";

/** Longer than any lock lives: 20 s for pessimistic ones. */
const AFTER_ALL_LOCKS_MS = 60_000;

interface OurDeath {
  readonly plan: Omit<DoomedPlan, "endpoints" | "keys">;
  /** What never reaches the store that leads the primary's region, and that of the other one. */
  readonly primaryStore?: readonly string[];
  readonly otherStore?: readonly string[];
  /** The locks it leaves: of the primary `p`, of `s` in its region and of `t` in another. */
  readonly locked: Readonly<Record<string, "Put" | "PessimisticLock">>;
  readonly said: "begun" | "committed" | undefined;
  readonly outcome: "old" | "new";
}

const NEW = { value: "new" };
const ASYNC = { value: "new", asyncCommit: true };
const PESSIMISTIC = { value: "new", pessimistic: true };

/** Every state in which a transaction of ours can be left. */
const OUR_DEATHS: Readonly<Record<string, OurDeath>> = {
  "when only the primary's region was prewritten": {
    plan: NEW,
    otherStore: ["KvPrewrite"],
    locked: { p: "Put", s: "Put" },
    said: "begun",
    outcome: "old",
  },
  "when the primary's region was not prewritten": {
    plan: NEW,
    primaryStore: ["KvPrewrite"],
    locked: { t: "Put" },
    said: "begun",
    outcome: "old",
  },
  "when all was prewritten": {
    plan: NEW,
    primaryStore: ["KvCommit"],
    locked: { p: "Put", s: "Put", t: "Put" },
    said: "begun",
    outcome: "old",
  },
  "when the primary's region was committed": {
    plan: NEW,
    otherStore: ["KvCommit"],
    locked: { t: "Put" },
    said: "committed",
    outcome: "new",
  },
  "when all was prewritten for async commit": {
    plan: ASYNC,
    primaryStore: ["KvCommit"],
    otherStore: ["KvCommit"],
    locked: { p: "Put", s: "Put", t: "Put" },
    said: "committed",
    outcome: "new",
  },
  "when a region was not prewritten for async commit": {
    plan: ASYNC,
    otherStore: ["KvPrewrite"],
    locked: { p: "Put", s: "Put" },
    said: "begun",
    outcome: "old",
  },
  "when the primary was not prewritten for async commit": {
    plan: ASYNC,
    primaryStore: ["KvPrewrite"],
    locked: { t: "Put" },
    said: "begun",
    outcome: "old",
  },
  "with pessimistic locks": {
    plan: { pessimistic: true },
    locked: { p: "PessimisticLock", s: "PessimisticLock", t: "PessimisticLock" },
    said: "begun",
    outcome: "old",
  },
  "with pessimistic locks that were in part prewritten": {
    plan: PESSIMISTIC,
    otherStore: ["KvPrewrite"],
    locked: { p: "Put", s: "Put", t: "PessimisticLock" },
    said: "begun",
    outcome: "old",
  },
  "with pessimistic locks, the primary's region committed": {
    plan: PESSIMISTIC,
    otherStore: ["KvCommit"],
    locked: { t: "Put" },
    said: "committed",
    outcome: "new",
  },
};

describeOnServers(
  "what this client leaves behind when it dies, for client-go",
  { stores: 2, needs: ["client-go", "split", "move-leader", "fault", "list-locks", "clock"] },
  (server) => {
    let go: ClientGo;
    beforeEach(() => {
      go = new ClientGo(server.endpoints);
    });
    afterEach(async () => {
      await go[Symbol.asyncDispose]();
      await server.clearFaults();
    });

    let count = 0;
    it.each(Object.entries(OUR_DEATHS))("%s", async (_name, death) => {
      const at = `${server.prefix}${(count += 1)}/`;
      const keys = { p: `${at}a`, s: `${at}b`, t: `${at}z` };
      const all = Object.values(keys);
      await server.split(`${at}m`);
      await server.moveLeader(`${at}m`);
      await go.write(all.map((key) => [key, "old"] as const));
      await expect.poll(() => server.locks()).toEqual([]);

      const never = (rpc: string, storeId: bigint): FaultSpec => ({
        kind: "unavailable",
        rpc,
        storeId,
        times: 1_000_000,
      });
      for (const rpc of death.primaryStore ?? []) {
        await server.fault(never(rpc, await server.leaderOf(keys.p)));
      }
      for (const rpc of death.otherStore ?? []) {
        await server.fault(never(rpc, await server.leaderOf(keys.t)));
      }
      await using doomed = new DoomedClient({
        endpoints: server.endpoints,
        keys: all,
        ...death.plan,
      });
      const names = new Map(Object.entries(keys).map(([name, key]) => [key, name]));
      const locked = async () =>
        Object.fromEntries(
          (await server.locks()).map(({ key, type }) => [names.get(text(key) ?? ""), type]),
        );
      await expect
        .poll(async () => ({ said: doomed.said.at(-1), locked: await locked() }), {
          timeout: 30_000,
        })
        .toEqual({ said: death.said, locked: death.locked });
      await doomed.kill();
      await server.clearFaults();
      await server.advanceClock(AFTER_ALL_LOCKS_MS);

      const expected = [death.outcome, death.outcome, death.outcome];
      expect((await go.get(all)).map(text)).toEqual(expected);
      const scanned = await go.scan({ start: at, end: `${at}~` });
      expect(scanned.map(({ value }) => text(value))).toEqual(expected);
      await go.write(all.map((key) => [key, "after"] as const));
      expect((await go.get(all)).map(text)).toEqual(["after", "after", "after"]);
      await expect.poll(() => server.locks(), { timeout: 30_000 }).toEqual([]);
    });

    it("when it had rolled back one region of two", async () => {
      const at = `${server.prefix}rollback/`;
      const [here, there] = [`${at}a`, `${at}z`];
      await server.split(`${at}m`);
      await server.moveLeader(`${at}m`);
      await using doomed = new DoomedClient({
        endpoints: server.endpoints,
        keys: [here, there],
        value: "new",
        waits: true,
      });
      await expect.poll(() => doomed.said.at(-1), { timeout: 30_000 }).toBe("begun");
      await go.write([[there, "go"]]);
      const storeId = await server.leaderOf(here);
      await server.fault({
        kind: "unavailable",
        rpc: "KvBatchRollback",
        storeId,
        times: 1_000_000,
      });
      doomed.goOn();
      const locked = async () => (await server.locks()).map(({ key }) => text(key));
      await expect
        .poll(
          async () => ({
            conflict: doomed.said.at(-1)?.includes("CONFLICT"),
            locked: await locked(),
          }),
          {
            timeout: 30_000,
          },
        )
        .toEqual({ conflict: true, locked: [here] });
      await doomed.kill();
      await server.clearFaults();
      await server.advanceClock(AFTER_ALL_LOCKS_MS);

      expect((await go.get([here, there])).map(text)).toEqual([undefined, "go"]);
      await go.write([[here, "after"]]);
      await expect.poll(locked, { timeout: 30_000 }).toEqual([]);
    });

    it("after a one-phase commit: nothing", async () => {
      const at = `${server.prefix}one/`;
      const keys = [`${at}a`, `${at}b`];
      await using doomed = new DoomedClient({
        endpoints: server.endpoints,
        keys,
        value: "new",
        onePc: true,
      });
      await expect.poll(() => doomed.said.at(-1), { timeout: 30_000 }).toBe("committed");
      await doomed.kill();
      expect(await server.locks()).toEqual([]);
      expect((await go.get(keys)).map(text)).toEqual(["new", "new"]);
    });
  },
);
