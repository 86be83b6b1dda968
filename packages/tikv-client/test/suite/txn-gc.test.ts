import { afterAll, beforeAll, expect, test } from "vitest";
import { TransactionClient } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { dyingClient } from "../support/dying-client.js";
import { text } from "../support/text.js";

const SECOND = 1000n << 18n;

describeOnServers("garbage collection", { stores: 1, needs: ["split", "list-locks"] }, (server) => {
  let client: TransactionClient;

  beforeAll(async () => {
    client = await TransactionClient.connect({ endpoints: server.endpoints });
  });
  afterAll(() => client.close());

  test("ends what began before, whoever held it, and moves the safe point", async () => {
    const at = (name: string): string => `${server.prefix}gc/${name}`;
    await server.split(at("m"));
    const dead = await dyingClient({ endpoints: server.endpoints }, (rpc) => rpc === "KvCommit");
    const half = await dead.client.begin();
    for (const name of ["a", "n"]) half.put(at(name), "never");
    void half.commit();
    await dead.dead;
    const asyncDead = await dyingClient(
      { endpoints: server.endpoints },
      (rpc) => rpc === "KvCommit",
    );
    const decided = await asyncDead.client.begin({ asyncCommit: true });
    for (const name of ["b", "o"]) decided.put(at(name), "committed");
    await decided.commit();
    await asyncDead.dead;
    const idle = await client.begin({ mode: "pessimistic" });
    await idle.lockKeys([at("c"), at("p")]);
    expect((await server.locks()).length).toBeGreaterThanOrEqual(6);

    const safePoint = await client.currentTimestamp();
    expect(await client.gc(safePoint)).toBe(safePoint);
    expect(await client.gcSafePoint()).toBe(safePoint);
    const left = await server.locks();
    expect(left.filter(({ key }) => text(key)?.startsWith(at("")))).toEqual([]);
    const after = await client.snapshot();
    const names = ["a", "b", "c", "n", "o", "p"];
    expect((await after.batchGet(names.map(at))).map(text)).toEqual([
      undefined,
      "committed",
      undefined,
      undefined,
      "committed",
      undefined,
    ]);
    await idle.rollback();
    await dead.bury();
    await asyncDead.bury();
  });

  test("reads older than the safe point fail with a typed error, in every client", async () => {
    const key = `${server.prefix}old`;
    const old = await client.begin();
    const oldSnapshot = await client.snapshot();
    await client.transaction(async (tx) => tx.put(key, "1"));
    await client.gc(await client.currentTimestamp());
    const refused = { code: "ERR_ROBOFLOW_TIKV_SAFE_POINT", permanence: "permanent" };
    await expect(old.get(key)).rejects.toMatchObject(refused);
    await expect(old.batchGet([key])).rejects.toMatchObject(refused);
    await expect(oldSnapshot.scan().toArray()).rejects.toMatchObject(refused);
    await expect(client.snapshot(old.startTs)).rejects.toMatchObject(refused);
    const other = await TransactionClient.connect({ endpoints: server.endpoints });
    await expect(other.snapshot(old.startTs)).rejects.toMatchObject(refused);
    await other.close();
    expect(text(await (await client.snapshot()).get(key))).toBe("1");
  });

  test("a service holds the safe point back until it lets go", async () => {
    const held = await client.currentTimestamp();
    expect(await client.setServiceSafePoint("backup", held, 600)).toBeLessThanOrEqual(held);
    await client.setServiceSafePoint("for ever", held, Number.POSITIVE_INFINITY);
    const wanted = await client.currentTimestamp();
    const moved = await client.gc(wanted);
    expect(moved).toBeLessThanOrEqual(held);
    await client.snapshot(held);
    await client.setServiceSafePoint("backup", 0n, 0);
    expect(await client.gc(wanted)).toBeLessThanOrEqual(held);
    await client.setServiceSafePoint("for ever", 0n, 0);
    expect(await client.gc(wanted)).toBe(wanted);
  });

  test("a safe point in the future, or none, is refused", async () => {
    const now = await client.currentTimestamp();
    const refused = { code: "ERR_ROBOFLOW_TIKV_ARGUMENT" };
    await expect(client.gc(now + 60n * SECOND)).rejects.toMatchObject(refused);
    await expect(client.gc(0n)).rejects.toMatchObject(refused);
    await expect(client.gc(now, { concurrency: 0 })).rejects.toMatchObject(refused);
    await expect(client.setServiceSafePoint("x", now, -1)).rejects.toMatchObject(refused);
  });

  test("a signal ends each call", async () => {
    const signal = AbortSignal.abort();
    const now = await client.currentTimestamp();
    const aborted = { code: "ERR_ROBOFLOW_TIKV_ABORTED" };
    await expect(client.gc(now, { signal })).rejects.toMatchObject(aborted);
    await expect(client.gcSafePoint({ signal })).rejects.toMatchObject(aborted);
    await expect(client.setServiceSafePoint("x", now, 1, { signal })).rejects.toMatchObject(
      aborted,
    );
  });
});

describeOnServers("deleting a range", { stores: 1, needs: ["split"] }, (server) => {
  test("takes its keys out of every region, and no others", async () => {
    const client = await TransactionClient.connect({ endpoints: server.endpoints });
    const at = (name: string): string => `${server.prefix}range/${name}`;
    const names = ["a", "b", "c", "d", "e"];
    await client.transaction(async (tx) => {
      for (const name of names) tx.put(at(name), name);
    });
    await server.split(at("c"));
    await client.deleteRange({ start: at("b"), end: at("e") });
    const left = await (await client.snapshot()).batchGet(names.map(at));
    expect(left.map(text)).toEqual(["a", undefined, undefined, undefined, "e"]);
    await client.close();
  });
});
