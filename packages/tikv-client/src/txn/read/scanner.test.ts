import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dyingClient } from "../../../test/support/dying-client.js";
import { textEntries } from "../../../test/support/text.js";
import { TransactionClient } from "../transaction-client.js";

let cluster: TestCluster;
let client: TransactionClient;
const names = Array.from({ length: 12 }, (_, i) => `k${String(i).padStart(2, "0")}`);

beforeEach(async () => {
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
  await client.transaction(async (tx) => {
    for (const name of names) tx.put(name, name);
  });
});
afterEach(async () => {
  await client.close();
  await cluster.close();
});

/** How many requests a scan takes, which must give all keys of its range in order. */
async function requests(
  options: { start?: string; end?: string; limit?: number; pageSize?: number; reverse?: boolean },
  expected: readonly string[],
): Promise<number> {
  const snapshot = await client.snapshot();
  const before = cluster.calls("KvScan");
  const found = await textEntries(snapshot.scan(options));
  expect(found.map(([name]) => name)).toEqual(expected);
  return cluster.calls("KvScan") - before;
}

test("a page is a request, and none is made to find nothing", async () => {
  expect(await requests({ pageSize: 4 }, names)).toBe(3);
  expect(await requests({ pageSize: 5 }, names)).toBe(3);
  expect(await requests({ pageSize: 12 }, names)).toBe(1);
  expect(await requests({ pageSize: 6, limit: 6 }, names.slice(0, 6))).toBe(1);
  expect(await requests({ pageSize: 4, limit: 6 }, names.slice(0, 6))).toBe(2);
  expect(await requests({ pageSize: 12, reverse: true }, names.toReversed())).toBe(1);
  expect(await requests({ pageSize: 4, start: "k02", end: "k06" }, names.slice(2, 6))).toBe(1);
  expect(await requests({ start: "k05", end: "k05" }, [])).toBe(0);
});

test("pages have the size that was asked for, and a reader who stops early asks for no more", async () => {
  const snapshot = await client.snapshot();
  const sizes: number[] = [];
  for await (const page of snapshot.scan({ pageSize: 5 }).pages()) sizes.push(page.length);
  expect(sizes).toEqual([5, 5, 2]);
  const before = cluster.calls("KvScan");
  for await (const { key } of snapshot.scan({ pageSize: 3 })) {
    expect(Buffer.from(key).toString()).toBe("k00");
    break;
  }
  expect(cluster.calls("KvScan") - before).toBe(1);
});

test("what comes before a lock is given at once, the rest after the lock was dealt with", async () => {
  const {
    client: dying,
    dead,
    bury,
  } = await dyingClient({ endpoints: cluster.endpoints }, (rpc) => rpc === "KvCommit");
  const tx = await dying.begin();
  for (const name of ["k03", "k04", "k09"]) tx.delete(name);
  void tx.commit();
  await dead;
  await bury();
  cluster.clock.advance(60_000);
  const sizes: number[] = [];
  const locked = await client.snapshot();
  for await (const page of locked.scan({ pageSize: 5 }).pages()) sizes.push(page.length);
  expect(sizes).toEqual([3, 5, 4]);
  for (const pageSize of [1, 3, 4, 9, 10, 100]) await requests({ pageSize }, names);
  for (const pageSize of [1, 2, 3, 8]) {
    await requests({ pageSize, reverse: true }, names.toReversed());
  }
});

test("calls of next that overlap take their turns", async () => {
  const snapshot = await client.snapshot();
  const scan = snapshot.scan({ pageSize: 2 })[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 14 }, () => scan.next()));
  const found = results.flatMap(({ done, value }) =>
    done === true ? [] : Buffer.from((value as { key: Uint8Array }).key).toString(),
  );
  expect(found).toEqual(names);
  expect(results.map(({ done }) => done === true).slice(-2)).toEqual([true, true]);
});
