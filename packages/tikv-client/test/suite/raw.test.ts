import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, type RawPair } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

async function collect(pairs: AsyncIterable<RawPair>): Promise<[string, string][]> {
  const list: [string, string][] = [];
  for await (const { key, value } of pairs) list.push([text(key) ?? "", text(value) ?? ""]);
  return list;
}

describeOnServers("raw client", { stores: 3, needs: ["raw", "split"] }, (server) => {
  let client: RawClient;
  let area = 0;
  /** Keys of one test: `prefix` and all behind it up to `end`. */
  const fresh = (): { at: (key: string) => string; start: string; end: string } => {
    const start = `${server.prefix}${++area}/`;
    return { at: (key) => start + key, start, end: `${server.prefix}${area}0` };
  };

  beforeAll(async () => {
    client = await RawClient.connect({ endpoints: server.endpoints });
  });
  afterAll(async () => {
    await client.close();
  });

  test("put, get, delete; bytes of any kind", async () => {
    const { at } = fresh();
    expect(await client.get(at("a"))).toBeUndefined();
    await client.put(at("a"), "1");
    await client.put(at("a"), "2");
    expect(text(await client.get(at("a")))).toBe("2");
    await client.delete(at("a"));
    await client.delete(at("a"));
    expect(await client.get(at("a"))).toBeUndefined();

    const binary = Uint8Array.from([...Buffer.from(at("")), 0, 0xff, 0xfe, 0]);
    await client.put(binary, Uint8Array.of(0, 1, 255));
    expect(Array.from((await client.get(binary)) ?? [])).toEqual([0, 1, 255]);
  });

  test("a value of several MiB goes over in pieces and comes back whole", async () => {
    const { at } = fresh();
    const value = Buffer.alloc(3 * 1024 * 1024, "abcdefg");
    await client.put(at("large"), value);
    expect(Buffer.compare((await client.get(at("large"))) ?? Buffer.alloc(0), value)).toBe(0);
  });

  test("batches reach every region, keep their order, and are cut by number and size", async () => {
    const { at } = fresh();
    for (const key of ["200", "500", "900"]) await server.split(at(key), { raw: true });
    const keys = Array.from({ length: 1200 }, (_, i) => at(String(i).padStart(4, "0")));
    await client.batchPut(keys.map((key, i) => [key, `value ${i}`.padEnd(100)]));
    const asked = keys.toReversed();
    const values = await client.batchGet([...asked, at("missing")]);
    expect(values.map((value) => text(value)?.trimEnd())).toEqual([
      ...asked.map((_, i) => `value ${1199 - i}`),
      undefined,
    ]);
    await client.batchDelete(keys.slice(0, 1199));
    expect((await client.batchGet(keys)).filter((value) => value !== undefined)).toHaveLength(1);
    expect(await client.batchGet([])).toEqual([]);
    await client.batchPut([]);
  });

  test("scans go both ways across regions and pages, up to a limit", async () => {
    const { at, start, end } = fresh();
    const keys = Array.from({ length: 2500 }, (_, i) => at(String(i).padStart(4, "0")));
    for (const key of ["0100", "0101", "2000"]) await server.split(at(key), { raw: true });
    await client.batchPut(keys.map((key) => [key, key.slice(-4)]));

    const all = keys.map((key) => [key, key.slice(-4)]);
    expect(await collect(client.scan({ start, end }))).toEqual(all);
    expect(await collect(client.scan({ start, end, reverse: true }))).toEqual(all.toReversed());
    expect(await collect(client.scan({ start: at("0099"), end, limit: 3 }))).toEqual(
      all.slice(99, 102),
    );
    expect(await collect(client.scan({ start, end: at("0102"), reverse: true, limit: 3 }))).toEqual(
      all.slice(99, 102).toReversed(),
    );
    expect(await collect(client.scan({ start: at("0001"), end: at("0003") }))).toEqual(
      all.slice(1, 3),
    );
    expect(await collect(client.scan({ start: at("0003"), end: at("0001") }))).toEqual([]);
    expect(await collect(client.scan({ start, end, limit: 0 }))).toEqual([]);
    const bare = await collect(client.scan({ start, end, keyOnly: true, limit: 2 }));
    expect(bare).toEqual([
      [at("0000"), ""],
      [at("0001"), ""],
    ]);
  });

  test("a scan without bounds sees the first and the last region", async () => {
    const { at } = fresh();
    await client.put(at("x"), "1");
    const forward = await collect(client.scan());
    const backward = await collect(client.scan({ reverse: true }));
    expect(forward).toContainEqual([at("x"), "1"]);
    expect(backward).toEqual(forward.toReversed());
  });

  test("regions that split at every key while a scan runs change nothing of what it gives", async () => {
    const { at, start, end } = fresh();
    const keys = Array.from({ length: 60 }, (_, i) => at(String(i).padStart(2, "0")));
    await client.batchPut(keys.map((key) => [key, "v"]));
    const seen: string[] = [];
    for await (const { key } of client.scan({ start, end })) {
      seen.push(text(key) ?? "");
      if (seen.length === 1) for (const each of keys) await server.split(each, { raw: true });
      if (seen.length % 7 === 0) expect(text(await client.get(key))).toBe("v");
    }
    expect(seen).toEqual(keys);
    expect((await collect(client.scan({ start, end }))).map(([key]) => key)).toEqual(keys);
  });

  test("a range is deleted across regions, and only that", async () => {
    const { at, start, end } = fresh();
    for (const key of ["b", "d"]) await server.split(at(key), { raw: true });
    await client.batchPut(["a", "b", "c", "d", "e"].map((key) => [at(key), key]));
    await client.deleteRange(at("b"), at("e"));
    expect(await collect(client.scan({ start, end }))).toEqual([
      [at("a"), "a"],
      [at("e"), "e"],
    ]);
    await client.deleteRange(at("e"), at("a"));
    expect(text(await client.get(at("e")))).toBe("e");
  });

  test("compare-and-swap swaps only what is there, and tells what was", async () => {
    const key = fresh().at("cas");
    expect(await client.compareAndSwap(key, { expected: undefined, value: "1" })).toEqual({
      swapped: true,
      previous: undefined,
    });
    const refused = await client.compareAndSwap(key, { expected: undefined, value: "2" });
    expect([refused.swapped, text(refused.previous)]).toEqual([false, "1"]);
    const wrong = await client.compareAndSwap(key, { expected: "0", value: "2" });
    expect([wrong.swapped, text(wrong.previous)]).toEqual([false, "1"]);
    const right = await client.compareAndSwap(key, { expected: "1", value: "2" });
    expect([right.swapped, text(right.previous)]).toEqual([true, "1"]);
    expect(text(await client.get(key))).toBe("2");
  });

  test("of swaps that race, one wins each round", async () => {
    const key = fresh().at("race");
    await client.put(key, "0");
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, async () =>
          client.compareAndSwap(key, { expected: String(round), value: String(round + 1) }),
        ),
      );
      expect(outcomes.filter(({ swapped }) => swapped)).toHaveLength(1);
    }
  });

  test("every operation agrees with a plain ordered map", async () => {
    const letter = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const operation = fc.oneof(
      fc.record({
        kind: fc.constant("put" as const),
        key: letter,
        value: fc.string({ minLength: 1 }),
      }),
      fc.record({ kind: fc.constant("delete" as const), key: letter }),
      fc.record({ kind: fc.constant("range" as const), key: letter, to: letter }),
      fc.record({ kind: fc.constant("split" as const), key: letter }),
      fc.record({ kind: fc.constant("scan" as const), reverse: fc.boolean(), limit: fc.nat(7) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const { at, start, end } = fresh();
        const model = new Map<string, string>();
        const bounds = new Set<string>();
        const sorted = (): [string, string][] =>
          [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [at(key), value]);
        for (const step of operations) {
          switch (step.kind) {
            case "put":
              await client.put(at(step.key), step.value);
              model.set(step.key, step.value);
              break;
            case "delete":
              await client.delete(at(step.key));
              model.delete(step.key);
              break;
            case "range":
              await client.deleteRange(at(step.key), at(step.to));
              for (const key of model.keys()) {
                if (key >= step.key && key < step.to) model.delete(key);
              }
              break;
            case "split":
              if (!bounds.has(step.key)) await server.split(at(step.key), { raw: true });
              bounds.add(step.key);
              break;
            case "scan": {
              const { reverse, limit } = step;
              const expected = reverse ? sorted().toReversed() : sorted();
              expect(await collect(client.scan({ start, end, reverse, limit }))).toEqual(
                expected.slice(0, limit),
              );
            }
          }
        }
        expect(await collect(client.scan({ start, end }))).toEqual(sorted());
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ["an empty key", () => client.get(""), "KEY"],
    ["a key over the limit", () => client.put("k".repeat(9000), "1"), "KEY"],
    ["an empty value", () => client.put("k", ""), "VALUE"],
    ["a value over the limit", () => client.put("k", new Uint8Array(7 * 1024 * 1024)), "VALUE"],
    [
      "an empty key in a batch",
      () =>
        client.batchPut([
          ["k", "1"],
          ["", "1"],
        ]),
      "KEY",
    ],
    ["a time to live in API v1", () => client.put("k", "1", { ttlSeconds: 5 }), "UNSUPPORTED"],
    ["a negative time to live", () => client.put("k", "1", { ttlSeconds: -5 }), "ARGUMENT"],
    ["a negative limit", async () => client.scan({ limit: -1 }), "ARGUMENT"],
    ["half a limit", async () => client.scan({ limit: 1.5 }), "ARGUMENT"],
  ])("%s is refused at once", async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code: `ERR_ROBOFLOW_TIKV_${code}` });
  });

  test("a signal that has fired ends a call before it begins", async () => {
    const signal = AbortSignal.abort("no more");
    const aborted = { code: "ERR_ROBOFLOW_TIKV_ABORTED", cause: "no more" };
    await expect(client.get("k", { signal })).rejects.toMatchObject(aborted);
    await expect(client.batchGet(["k"], { signal })).rejects.toMatchObject(aborted);
    await expect(collect(client.scan({ signal }))).rejects.toMatchObject(aborted);
  });
});

describeOnServers(
  "raw client with a time to live",
  { needs: ["raw", "ttl", "api-v2"], apiVersion: "v2" },
  (server) => {
    test("keys tell what they have left, in a keyspace of API v2", async () => {
      await using client = await RawClient.connect({
        endpoints: server.endpoints,
        apiVersion: "v2",
      });
      await client.put("short", "1", { ttlSeconds: 1000 });
      await client.put("long", "1");
      await client.batchPut([["batch", "1"]], { ttlSeconds: 500 });
      expect(await client.getTtl("short")).toBeGreaterThan(900);
      expect(await client.getTtl("short")).toBeLessThanOrEqual(1000);
      expect(await client.getTtl("batch")).toBeLessThanOrEqual(500);
      expect(await client.getTtl("long")).toBe(0);
      expect(await client.getTtl("none")).toBeUndefined();
      expect((await collect(client.scan())).map(([key]) => key)).toEqual([
        "batch",
        "long",
        "short",
      ]);
      expect((await collect(client.scan({ reverse: true, limit: 2 }))).map(([key]) => key)).toEqual(
        ["short", "long"],
      );
    });

    test("a keyspace that is not there is refused", async () => {
      await expect(
        RawClient.connect({ endpoints: server.endpoints, apiVersion: "v2", keyspace: "nowhere" }),
      ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_KEYSPACE" });
    });
  },
);
