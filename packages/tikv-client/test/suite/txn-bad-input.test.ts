import { afterAll, beforeAll, expect, test } from "vitest";
import {
  MAX_ENTRY_BYTES,
  MAX_KEY_BYTES,
  MAX_TRANSACTION_BYTES,
  TransactionClient,
} from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";

const failing = (code: string) => expect.objectContaining({ code });
const KEY = failing("ERR_ROBOFLOW_TIKV_KEY");
const VALUE = failing("ERR_ROBOFLOW_TIKV_VALUE");
const ARGUMENT = failing("ERR_ROBOFLOW_TIKV_ARGUMENT");

describeOnServers("what transactions refuse", { stores: 1 }, (server) => {
  let client: TransactionClient;

  beforeAll(async () => {
    client = await TransactionClient.connect({ endpoints: server.endpoints });
  });
  afterAll(() => client.close());

  test("empty and too long keys, by each method", async () => {
    const tx = await client.begin();
    const seen = await client.snapshot();
    for (const key of ["", new Uint8Array(0), "k".repeat(MAX_KEY_BYTES + 1)]) {
      expect(() => tx.put(key, "1")).toThrow(KEY);
      expect(() => tx.insert(key, "1")).toThrow(KEY);
      expect(() => tx.delete(key)).toThrow(KEY);
      await expect(tx.get(key)).rejects.toThrow(KEY);
      await expect(tx.batchGet(["ok", key])).rejects.toThrow(KEY);
      await expect(tx.lockKeys([key])).rejects.toThrow(KEY);
      await expect(seen.get(key)).rejects.toThrow(KEY);
      await expect(seen.batchGet([key])).rejects.toThrow(KEY);
    }
    tx.put("k".repeat(MAX_KEY_BYTES), "1");
    await tx.rollback();
  });

  test("empty values and too large entries", async () => {
    const tx = await client.begin();
    expect(() => tx.put("k", "")).toThrow(VALUE);
    expect(() => tx.insert("k", new Uint8Array(0))).toThrow(VALUE);
    expect(() => tx.put("k", new Uint8Array(MAX_ENTRY_BYTES))).toThrow(VALUE);
    tx.put("k", new Uint8Array(MAX_ENTRY_BYTES - 1).fill(1));
    expect(tx.bytes).toBe(MAX_ENTRY_BYTES);
    await tx.rollback();
  });

  test("a transaction that grows too large, and goes on without what was refused", async () => {
    const tx = await client.begin();
    const value = new Uint8Array(5 * 1024 * 1024).fill(1);
    let written = 0;
    expect(() => {
      for (;;) {
        tx.put(`${server.prefix}large/${written}`, value);
        written += 1;
      }
    }).toThrow(failing("ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE"));
    expect(written).toBe(Math.floor(MAX_TRANSACTION_BYTES / (value.length + 100)));
    tx.put(`${server.prefix}large/0`, "small");
    tx.put(`${server.prefix}large/${written}`, value);
    await tx.rollback();
  });

  test("limits, page sizes and waits that are none", async () => {
    const tx = await client.begin();
    for (const bad of [-1, 0.5, Number.NaN]) {
      expect(() => tx.scan({ limit: bad })).toThrow(ARGUMENT);
      expect(() => tx.scan({ pageSize: bad })).toThrow(ARGUMENT);
      await expect(tx.lockKeys(["k"], { waitMs: bad })).rejects.toThrow(ARGUMENT);
    }
    expect(() => tx.scan({ pageSize: 0 })).toThrow(ARGUMENT);
    await tx.rollback();
    await expect(
      TransactionClient.connect({ endpoints: server.endpoints, closeTimeoutMs: -1 }),
    ).rejects.toThrow(ARGUMENT);
  });

  test("a range without keys is empty, not an error", async () => {
    const seen = await client.snapshot();
    expect(await seen.scan({ start: "b", end: "a" }).toArray()).toEqual([]);
    expect(await seen.scan({ start: "b", end: "b", reverse: true }).toArray()).toEqual([]);
    expect(await seen.scan({ limit: 0 }).toArray()).toEqual([]);
  });

  test("a closed client, by each method; closing twice is nothing", async () => {
    const closed = await TransactionClient.connect({ endpoints: server.endpoints });
    const tx = await closed.begin();
    const seen = await closed.snapshot();
    tx.put(`${server.prefix}closed`, "1");
    await closed.close();
    await closed.close();
    await closed[Symbol.asyncDispose]();
    const CLOSED = failing("ERR_ROBOFLOW_TIKV_CLOSED");
    await expect(closed.begin()).rejects.toThrow(CLOSED);
    await expect(closed.snapshot()).rejects.toThrow(CLOSED);
    await expect(closed.currentTimestamp()).rejects.toThrow(CLOSED);
    await expect(closed.transaction(async () => 1)).rejects.toThrow(CLOSED);
    await expect(closed.gcSafePoint()).rejects.toThrow(CLOSED);
    await expect(closed.gc(1n)).rejects.toThrow(CLOSED);
    await expect(closed.setServiceSafePoint("x", 1n, 1)).rejects.toThrow(CLOSED);
    await expect(closed.deleteRange({ start: "a", end: "b" })).rejects.toThrow(CLOSED);
    await expect(seen.get("k")).rejects.toThrow(CLOSED);
    await expect(seen.batchGet(["k"])).rejects.toThrow(CLOSED);
    await expect(seen.scan().toArray()).rejects.toThrow(CLOSED);
    await expect(tx.commit()).rejects.toThrow(CLOSED);
    await tx.rollback();
  });
});
