import { commands } from "@roboflow/tikv-proto";
import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, test } from "vitest";
import { openCluster, RawClient } from "../../src/index.js";
import { record } from "./recording.js";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test("a killed store is not dialled by each call: the new leader is asked instead", async () => {
  await using cluster = await TestCluster.start({ stores: 3 });
  await using client = await RawClient.connect({ endpoints: cluster.endpoints });
  await client.put("k", "v");
  const before = cluster.connections(1);
  await cluster.stopStore(1, { connections: "reset" });
  for (let i = 0; i < 200; i++) expect(text(await client.get("k"))).toBe("v");
  await Promise.all(Array.from({ length: 200 }, () => client.get("k")));
  // It may be tried when its stream broke, before a server has told of the new leader.
  expect(cluster.connections(1) - before).toBeLessThanOrEqual(1);
});

test("no storm: however many calls wait for a dead store, one dials it, ever more rarely", async () => {
  await using cluster = await TestCluster.start({ stores: 1 });
  await using raw = await openCluster({ endpoints: cluster.endpoints }, "raw");
  const key = Buffer.from("k");
  const read = () => raw.sendToKey(raw.backoff(1500), key, commands.rawGet, { key });
  await read();
  const before = cluster.connections(1);
  await cluster.stopStore(1, { connections: "reset" });
  const outcomes = await Promise.allSettled(Array.from({ length: 500 }, read));
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  // 100, 200, 400, 800 ms, less half for jitter, in at most some three seconds.
  expect(cluster.connections(1) - before).toBeLessThanOrEqual(12);
  expect(cluster.connections(1) - before).toBeGreaterThan(0);

  await cluster.startStore(1);
  expect((await raw.sendToKey(raw.backoff(20_000), key, commands.rawGet, { key })).notFound).toBe(
    true,
  );
});

test("a store that goes silent is given up after the request's time, and asked for again", async () => {
  await using cluster = await TestCluster.start({ stores: 3 });
  await using client = await RawClient.connect({
    endpoints: cluster.endpoints,
    requestTimeoutMs: 200,
  });
  await client.put("k", "v");
  await cluster.stopStore(1, { connections: "hang" });
  expect(text(await client.get("k"))).toBe("v");
  await cluster.startStore(1);
  expect(text(await client.get("k"))).toBe("v");
});

test("concurrent requests travel in few messages, over as many connections as are set", async () => {
  await using cluster = await TestCluster.start();
  const seen = record();
  await using client = await RawClient.connect({
    endpoints: cluster.endpoints,
    connectionsPerStore: 3,
    hooks: seen.hooks,
  });
  await client.put("k", "v");
  await Promise.all(Array.from({ length: 300 }, () => client.get("k")));
  seen.batches.length = 0;
  await Promise.all(Array.from({ length: 300 }, () => client.get("k")));
  expect(seen.batches).toEqual([100, 100, 100]);
  expect(cluster.connections(1)).toBe(3);
  expect(seen.cache.hits).toBeGreaterThan(seen.cache.misses);
});

test("a store without BatchCommands is asked by single calls", async () => {
  await using cluster = await TestCluster.start();
  cluster.intercept((call) =>
    call.rpc === "RawGet" && batches++ === 0
      ? { kind: "status", code: 12, message: "unknown method BatchCommands" }
      : undefined,
  );
  let batches = 0;
  const seen = record();
  await using client = await RawClient.connect({ endpoints: cluster.endpoints, hooks: seen.hooks });
  expect(await client.get("k")).toBeUndefined();
  await client.put("k", "v");
  expect(text(await client.get("k"))).toBe("v");
  expect(seen.batches).toEqual([1]);
});

test("a signal ends a call on its way; the connection serves the others", async () => {
  await using cluster = await TestCluster.start();
  await using client = await RawClient.connect({ endpoints: cluster.endpoints });
  await client.put("k", "v");
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    held = resolve;
  });
  const hold = cluster.intercept((call) => {
    if (call.rpc !== "RawGet") return undefined;
    held();
    return { kind: "until", promise };
  });
  const controller = new AbortController();
  const waiting = client.get("k", { signal: controller.signal });
  await arrived;
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  hold[Symbol.dispose]();
  release();
  expect(text(await client.get("k"))).toBe("v");
  expect(cluster.connections(1)).toBe(1);
});

test("closing fails what is under way, and what comes after it", async () => {
  await using cluster = await TestCluster.start();
  const client = await RawClient.connect({ endpoints: cluster.endpoints });
  await client.put("k", "v");
  cluster.intercept((call) => (call.rpc === "RawGet" ? { kind: "drop" } : undefined));
  const closed = { code: "ERR_ROBOFLOW_TIKV_CLOSED" };
  const waiting = client.get("k");
  const scan = client.scan();
  await Promise.all([expect(waiting).rejects.toMatchObject(closed), client.close()]);
  await client.close();
  await expect(client.get("k")).rejects.toMatchObject(closed);
  await expect(client.put("k", "v")).rejects.toMatchObject(closed);
  await expect(client.batchGet(["k"])).rejects.toMatchObject(closed);
  await expect(scan.next()).rejects.toMatchObject(closed);
});

test("stores that never answer cost no more than the budget, whatever one request may take", async () => {
  await using cluster = await TestCluster.start({ stores: 3 });
  await using raw = await openCluster({ endpoints: cluster.endpoints }, "raw");
  using silence = cluster.intercept(({ rpc }) => (rpc === "RawGet" ? { kind: "drop" } : undefined));
  const key = Buffer.from("k");
  // One request alone may take 8 seconds by default, and there are three peers.
  await expect(
    raw.sendToKey(raw.backoff(300), key, commands.rawGet, { key }),
  ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_UNAVAILABLE", permanence: "transient" });
  expect(silence.acted).toBeGreaterThan(0);
});

test("an outage is a warning once, and its end is told", async () => {
  await using cluster = await TestCluster.start({ stores: 1 });
  const told: string[] = [];
  const note =
    (level: string) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (level !== "debug") told.push(`${level}: ${message} ${String(fields?.["address"])}`);
    };
  const logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  await using raw = await openCluster({ endpoints: cluster.endpoints, logger }, "raw");
  const key = Buffer.from("k");
  const read = (budgetMs: number) =>
    raw.sendToKey(raw.backoff(budgetMs), key, commands.rawGet, { key });
  await read(20_000);
  const { address } = cluster.stores[0] ?? {};
  told.length = 0;
  await cluster.stopStore(1, { connections: "reset" });
  await expect(read(800)).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_UNAVAILABLE" });
  await cluster.startStore(1);
  await read(20_000);
  expect(told.filter((line) => line.endsWith(String(address)))).toEqual([
    `warn: A connection failed ${address}`,
    `info: A connection is back ${address}`,
  ]);
});
