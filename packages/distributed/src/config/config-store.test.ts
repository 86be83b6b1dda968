import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigKeys } from "../keys/keys.js";
import { MemoryStore } from "../store/memory-store.js";
import { collect } from "../testing/collect.js";
import { TikvClient } from "../tikv-client.js";
import { computeHash } from "./config-record.js";

const utf8 = new TextEncoder();

async function overwrite(client: TikvClient, hash: string, value: string): Promise<void> {
  await client.store.transact(async (tx) => tx.put(ConfigKeys.config(hash), utf8.encode(value)));
}

describe("putConfig", () => {
  it("keeps the exact bytes, byte order mark and line ends included", async () => {
    await using client = new TikvClient(new MemoryStore());
    const bytes = Buffer.from('\uFEFFfps = 30\r\nname = "bras à pince 🤖"\r\n\0', "utf8");
    const { hash } = await client.putConfig(bytes);
    expect(hash).toBe(computeHash(bytes));
    expect(Buffer.from((await client.getConfig(hash)).content, "utf8")).toEqual(bytes);
  });

  it("gives back any text byte for byte", async () => {
    await using client = new TikvClient(new MemoryStore());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const { hash } = await client.putConfig(Buffer.from(text));
        expect(hash).toBe(computeHash(text));
        expect((await client.getConfig(hash)).content).toBe(text);
      }),
    );
  });

  it("is stored under the documented key as JSON", async () => {
    await using client = new TikvClient(new MemoryStore({ clock: () => 5 }));
    const { hash } = await client.putConfig("a");
    const value = await client.store.get(utf8.encode(`/roboflow/v1/configs/${hash}`));
    expect(JSON.parse(Buffer.from(value ?? []).toString())).toEqual({
      version: 1,
      hash,
      content: "a",
      createdAt: 5,
    });
  });

  it("never changes a record that is there", async () => {
    let time = 1;
    await using client = new TikvClient(new MemoryStore({ clock: () => time }));
    const first = await client.putConfig("a");
    time = 2;
    expect(await client.putConfig("a")).toEqual(first);
    expect(first.createdAt).toBe(1);
  });

  it("writes once when many submit at once", async () => {
    let time = 0;
    await using client = new TikvClient(new MemoryStore({ clock: () => (time += 1) }));
    const records = await Promise.all(Array.from({ length: 20 }, () => client.putConfig("a")));
    expect(new Set(records.map(({ createdAt }) => createdAt)).size).toBe(1);
    expect(await client.getConfig(computeHash("a"))).toEqual(records[0]);
  });

  it.each([
    ["bytes", Uint8Array.of(0x66, 0xff)],
    ["half a surrogate pair", "\uD83E"],
  ])("refuses %s that are no UTF-8", async (_, content) => {
    await using client = new TikvClient(new MemoryStore());
    await expect(client.putConfig(content)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_INVALID",
      permanence: "permanent",
      message: "The config is not valid UTF-8",
    });
  });
});

describe("getConfig", () => {
  it("takes the hash in either case", async () => {
    await using client = new TikvClient(new MemoryStore());
    const { hash } = await client.putConfig("a");
    expect((await client.getConfig(hash.toUpperCase())).content).toBe("a");
  });

  it("says permanently that a config is missing, naming hash and store", async () => {
    await using client = new TikvClient(new MemoryStore());
    const hash = computeHash("never stored");
    await expect(client.getConfig(hash)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
      permanence: "permanent",
      message: `The config ${hash} is not in the store memory:`,
    });
  });

  it("says of what can't be a hash that it is none", async () => {
    await using client = new TikvClient(new MemoryStore());
    const { hash } = await client.putConfig("a");
    await expect(client.getConfig(hash.slice(0, 8))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
      permanence: "permanent",
      message: `"${hash.slice(0, 8)}" is no config hash (64 hex digits), so it is not in the store memory:`,
    });
  });

  it("checks the content against the hash on every read", async () => {
    await using client = new TikvClient(new MemoryStore());
    const record = await client.putConfig("secret");
    await client.getConfig(record.hash);
    await overwrite(client, record.hash, JSON.stringify({ ...record, content: "secreT" }));
    const corrupt = {
      code: "ERR_ROBOFLOW_CONFIG_CORRUPT",
      permanence: "permanent",
      message: `The config ${record.hash} in the store memory: is corrupt: its content has the hash ${computeHash("secreT")}`,
    };
    await expect(client.getConfig(record.hash)).rejects.toMatchObject(corrupt);
    await expect(client.putConfig("secret")).rejects.toMatchObject(corrupt);
  });

  it("does not take another config's record for this one", async () => {
    await using client = new TikvClient(new MemoryStore());
    const [a, b] = [await client.putConfig("a"), await client.putConfig("b")];
    await overwrite(client, a.hash, JSON.stringify(b));
    await expect(client.getConfig(a.hash)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_CORRUPT",
    });
  });

  it("keeps the content out of the error of a damaged record", async () => {
    await using client = new TikvClient(new MemoryStore());
    const hash = computeHash("x");
    await overwrite(client, hash, '{"version":1,"content":"secret');
    const error: unknown = await client.getConfig(hash).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "ERR_ROBOFLOW_CONFIG_CORRUPT", permanence: "permanent" });
    expect(String(error)).not.toContain("secret");
  });

  it("hands back a record of a newer version", async () => {
    await using client = new TikvClient(new MemoryStore());
    const hash = computeHash("x");
    await overwrite(client, hash, JSON.stringify({ version: 2, body: "x" }));
    await expect(client.getConfig(hash)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_NEWER",
      permanence: "transient",
    });
  });
});

describe("listConfigs", () => {
  it("lists configs and no annotation files, in order of hash, from where it was left", async () => {
    await using client = new TikvClient(new MemoryStore());
    const hashes: string[] = [];
    for (const content of ["a", "b", "c"]) hashes.push((await client.putConfig(content)).hash);
    hashes.sort();
    await client.putAnnotation("d");
    const listed = await collect(client.listConfigs({ limit: 2 }));
    expect(listed).toMatchObject([
      { kind: "record", record: { hash: hashes[0] } },
      { kind: "record", record: { hash: hashes[1] } },
    ]);
    const rest = await collect(client.listConfigs({ after: hashes[1] ?? "" }));
    expect(rest).toMatchObject([{ kind: "record", record: { hash: hashes[2] } }]);
  });

  it("goes on past a record that can't be read", async () => {
    await using client = new TikvClient(new MemoryStore());
    await client.putConfig("a");
    const damaged = computeHash("damaged");
    await overwrite(client, damaged, "{");
    const listed = await collect(client.listConfigs());
    expect(listed.map(({ kind }) => kind).sort()).toEqual(["record", "unreadable"]);
    expect(listed.find(({ kind }) => kind === "unreadable")).toMatchObject({
      hash: damaged,
      error: { code: "ERR_ROBOFLOW_CONFIG_CORRUPT" },
    });
  });
});

describe("annotation files", () => {
  it("are kept by content as configs are, apart from them", async () => {
    await using client = new TikvClient(new MemoryStore());
    const { hash } = await client.putAnnotation("a");
    expect((await client.getAnnotation(hash)).content).toBe("a");
    await expect(client.getConfig(hash)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
    });
    const other = computeHash("b");
    await expect(client.getAnnotation(other)).rejects.toThrow(
      `The annotation ${other} is not in the store`,
    );
  });
});
