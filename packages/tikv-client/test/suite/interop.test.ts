import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { RawClient, TransactionClient } from "../../src/index.js";
import { ClientGo } from "../servers/client-go.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text } from "../support/text.js";

/** Bytes at the limits of what keys may hold, and of their encoding in groups of 8. */
const TAILS = ["00", "ff", "0000ff", "ffffffffffffffff", "0001020304050607", "00ff".repeat(20)].map(
  (hex) => Buffer.from(hex, "hex"),
);

describeOnServers(
  "client-go and this client on the same data",
  { stores: 2, needs: ["client-go", "split", "move-leader", "raw"] },
  (server) => {
    let go: ClientGo;
    let ours: TransactionClient;
    let at: string;
    let count = 0;
    beforeAll(async () => {
      go = new ClientGo(server.endpoints);
      ours = await TransactionClient.connect({ endpoints: server.endpoints });
    });
    afterAll(async () => {
      await ours.close();
      await go[Symbol.asyncDispose]();
    });
    /** Each test has keys of its own in two regions, which different stores lead. */
    beforeEach(async () => {
      at = `${server.prefix}${(count += 1)}/`;
      await server.split(`${at}m`);
      await server.moveLeader(`${at}m`);
    });

    /** One transaction of ours; undefined deletes. */
    const write = (
      pairs: readonly (readonly [Uint8Array | string, string | Uint8Array | undefined])[],
    ) =>
      ours.transaction(async (transaction) => {
        for (const [key, value] of pairs) {
          if (value === undefined) transaction.delete(key);
          else transaction.put(key, value);
        }
      });
    const read = async (keys: readonly (Uint8Array | string)[]) =>
      (await ours.snapshot()).batchGet(keys);

    it("reads binary keys and values that the other wrote", async () => {
      const pairs = TAILS.flatMap((tail) =>
        ["a", "z"].map((half) => [Buffer.concat([Buffer.from(at + half), tail]), tail] as const),
      );
      const keys = pairs.map(([key]) => key);
      const values = pairs.map(([, value]) => value);
      await go.write(pairs);
      expect((await read(keys)).map(hex)).toEqual(values.map(hex));

      const changed = values.map((value) => Buffer.concat([value, value]));
      await write(keys.map((key, i) => [key, changed[i]]));
      expect((await go.get(keys)).map(hex)).toEqual(changed.map(hex));
    });

    it("reads values over 1 MiB that the other wrote", async () => {
      const values = [Buffer.alloc(3 << 20, "go"), Buffer.alloc(1 << 20, 0)];
      await go.write([
        [`${at}a`, values[0]],
        [`${at}z`, values[1]],
      ]);
      const found = await read([`${at}a`, `${at}z`]);
      expect(
        found.map((value, i) => Buffer.compare(value ?? Buffer.of(), values[i] ?? Buffer.of())),
      ).toEqual([0, 0]);

      const large = Buffer.alloc(3 << 20, "ours");
      await write([
        [`${at}b`, large],
        [`${at}y`, large],
      ]);
      const got = await go.get([`${at}b`, `${at}y`]);
      expect(got.map((value) => Buffer.compare(value ?? Buffer.of(), large))).toEqual([0, 0]);
    });

    it("sees the same versions and deletes at the same timestamps", async () => {
      const keys = [`${at}a`, `${at}z`];
      const first = await go.write(keys.map((key) => [key, "1"] as const));
      await write(keys.map((key) => [key, "2"]));
      const second = await ours.currentTimestamp();
      await go.write([[`${at}a`, undefined]]);
      const third = await go.timestamp();
      await write([[`${at}z`, undefined]]);
      const fourth = await ours.currentTimestamp();

      for (const [ts, expected] of [
        [first - 1n, [undefined, undefined]],
        [first, ["1", "1"]],
        [second, ["2", "2"]],
        [third, [undefined, "2"]],
        [fourth, [undefined, undefined]],
      ] as const) {
        expect((await go.get(keys, ts)).map(text), `client-go at ${ts}`).toEqual(expected);
        expect((await (await ours.snapshot(ts)).batchGet(keys)).map(text), `at ${ts}`).toEqual(
          expected,
        );
      }
    });

    it("scans the same over several regions, both ways, up to a limit", async () => {
      const keys = Array.from({ length: 700 }, (_, i) => `${at}${String(i).padStart(4, "0")}`);
      for (const i of [100, 101, 500]) await server.split(keys[i] ?? "");
      await go.write(keys.filter((_, i) => i % 2 === 0).map((key) => [key, `go ${key}`] as const));
      await write(keys.filter((_, i) => i % 2 === 1).map((key) => [key, `ours ${key}`] as const));
      const ts = await go.timestamp();
      const start = `${at}0001`;
      const end = `${at}0600`;
      for (const options of [
        {},
        { reverse: true },
        { limit: 300 },
        { reverse: true, limit: 300 },
      ]) {
        const theirs = await go.scan({ start, end, ...options }, ts);
        const mine = await (await ours.snapshot(ts)).scan({ start, end, ...options }).toArray();
        expect(mine.map(({ key, value }) => [text(key), text(value)])).toEqual(
          theirs.map(({ key, value }) => [text(key), text(value)]),
        );
        expect(mine).toHaveLength(options.limit ?? 599);
      }
    });

    it("shares raw keys", async () => {
      await using raw = await RawClient.connect({ endpoints: server.endpoints });
      await server.split(`${at}raw m`, { raw: true });
      const keys = ["a", "b", "z"].map((key) => `${at}raw ${key}`);
      await go.rawPut(keys.map((key) => [key, "go"] as const));
      expect((await raw.batchGet(keys)).map(text)).toEqual(["go", "go", "go"]);
      await raw.batchPut(keys.map((key) => [key, `ours ${key}`]));
      expect((await go.rawGet(keys)).map(text)).toEqual(keys.map((key) => `ours ${key}`));
      await go.rawDelete(keys.slice(1, 2));
      expect(await raw.get(keys[1] ?? "")).toBeUndefined();

      const range = { start: `${at}raw `, end: `${at}raw~` };
      for (const reverse of [false, true]) {
        const mine: (string | undefined)[] = [];
        for await (const { key } of raw.scan({ ...range, reverse })) mine.push(text(key));
        const theirs = await go.rawScan({ ...range, reverse, limit: 10 });
        expect(mine).toEqual(theirs.map(({ key }) => text(key)));
      }
    });

    it.each([{ onePc: true }, { asyncCommit: true }, {}])(
      "conflicts with the other's commits (%o)",
      async (options) => {
        const keys = [`${at}a`, `${at}b`];
        const mine = await ours.begin(options);
        for (const key of keys) mine.put(key, "ours");
        await go.write(
          keys.map((key) => [key, "go"] as const),
          options,
        );
        await expect(mine.commit()).rejects.toMatchObject({
          code: "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
        });

        const theirs = await go.begin(options);
        await theirs.put(keys.map((key) => [key, "go again"] as const));
        await write(keys.map((key) => [key, "ours"]));
        await expect(theirs.commit()).rejects.toMatchObject({ kind: "write-conflict" });
        expect((await read(keys)).map(text)).toEqual(["ours", "ours"]);
      },
    );

    it("respects the other's pessimistic locks", async () => {
      const theirs = await go.begin({ pessimistic: true });
      await theirs.lock([`${at}a`]);
      await using mine = await ours.begin({ mode: "pessimistic" });
      await expect(mine.lockKeys([`${at}a`], { waitMs: 0 })).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_LOCKED",
      });
      await mine.lockKeys([`${at}z`]);
      await expect(theirs.lock([`${at}z`], { waitMs: 1 })).rejects.toMatchObject({
        kind: "locked",
      });

      const waiting = mine.lockKeys([`${at}a`]);
      await theirs.put([[`${at}a`, "go"]]);
      await theirs.commit();
      await waiting;
      expect(text(await mine.get(`${at}a`))).toBe("go");
      mine.put(`${at}a`, "ours");
      await mine.commit();
      expect(text((await go.get([`${at}a`]))[0])).toBe("ours");
    });

    it("waits for the other's prewritten transaction while that lives", async () => {
      const theirs = await go.begin({ ttlMs: 3_000 });
      await theirs.put([
        [`${at}a`, "go"],
        [`${at}z`, "go"],
      ]);
      await theirs.prewrite();
      const mine = write([[`${at}z`, "ours"]]);
      await theirs.commitKeys([`${at}a`, `${at}z`]);
      await mine;
      expect((await read([`${at}a`, `${at}z`])).map(text)).toEqual(["go", "ours"]);
    });
  },
);

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
}
