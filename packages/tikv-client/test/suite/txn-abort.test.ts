import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TransactionClient } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text } from "../support/text.js";

const ABORTED = { code: "ERR_ROBOFLOW_TIKV_ABORTED", permanence: "transient" };

describeOnServers("aborted transactions", { stores: 1, needs: ["fault"] }, (server) => {
  let client: TransactionClient;
  let count = 0;
  let key = "";

  beforeAll(async () => {
    client = await TransactionClient.connect({ endpoints: server.endpoints });
  });
  beforeEach(async () => {
    key = `${server.prefix}${++count}`;
    await server.clearFaults();
  });
  afterAll(() => client.close());
  const stored = async (): Promise<string | undefined> =>
    text(await (await client.snapshot()).get(key));

  test("before the commit: nothing is written, and it may still commit", async () => {
    const tx = await client.begin();
    tx.put(key, "1");
    await expect(tx.commit({ signal: AbortSignal.abort() })).rejects.toMatchObject(ABORTED);
    expect(await stored()).toBeUndefined();
    await tx.commit();
    expect(await stored()).toBe("1");
  });

  test("during the prewrite: nothing is written, and no lock stays in the way", async () => {
    const tx = await client.begin();
    tx.put(key, "1");
    await server.fault({ kind: "delay", rpc: "KvPrewrite", ms: 300 });
    await expect(tx.commit({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject(ABORTED);
    expect(tx.isActive).toBe(false);
    await client.transaction(async (next) => next.put(key, "2"));
    expect(await stored()).toBe("2");
  });

  test("after the commit: no effect, also on what is left to do", async () => {
    const controller = new AbortController();
    const tx = await client.begin({ signal: controller.signal });
    for (let i = 0; i < 200; i += 1) tx.put(`${key}/${i}`, "x".repeat(200));
    await tx.commit();
    controller.abort();
    const found = await (
      await client.snapshot()
    )
      .scan({ start: `${key}/`, end: `${key}0` })
      .toArray();
    expect(found.length).toBe(200);
  });

  test("a signal ends reads, scans, locks, begin and retries", async () => {
    const signal = AbortSignal.abort();
    await expect(client.begin({ signal })).rejects.toMatchObject(ABORTED);
    await expect(client.currentTimestamp({ signal })).rejects.toMatchObject(ABORTED);
    await expect(client.snapshot(undefined, { signal })).rejects.toMatchObject(ABORTED);
    const seen = await client.snapshot();
    await expect(seen.get(key, { signal })).rejects.toMatchObject(ABORTED);
    await expect(seen.batchGet([key], { signal })).rejects.toMatchObject(ABORTED);
    await expect(seen.scan({ signal }).toArray()).rejects.toMatchObject(ABORTED);
    const tx = await client.begin({ mode: "pessimistic" });
    await expect(tx.lockKeys([key], { signal })).rejects.toMatchObject(ABORTED);
    await tx.rollback();
    await expect(client.transaction(async () => 1, { signal })).rejects.toMatchObject(ABORTED);
  });

  test("a read under way ends at once", async () => {
    const seen = await client.snapshot();
    await server.fault({ kind: "delay", rpc: "KvGet", ms: 2000 });
    const controller = new AbortController();
    const read = seen.get(key, { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 20);
    await expect(read).rejects.toMatchObject({ ...ABORTED, cause: "enough" });
  });

  test("waiting for the lock of another ends at once, and leaves nothing locked", async () => {
    const holder = await client.begin({ mode: "pessimistic" });
    await holder.lockKeys([key]);
    const waiter = await client.begin({ mode: "pessimistic" });
    await expect(
      waiter.lockKeys([`${key}/free`, key], { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject(ABORTED);
    await holder.rollback();
    await waiter.rollback();
    const next = await client.begin({ mode: "pessimistic" });
    await next.lockKeys([key, `${key}/free`], { waitMs: 5000 });
    await next.rollback();
  });
});
