import { describe, expect, it } from "vitest";
import { MemoryStore } from "./memory-store.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("MemoryStore", () => {
  it("takes its time from the clock given, and never steps back with it", async () => {
    let time = 1_000;
    await using store = new MemoryStore({ clock: () => time });
    expect(await store.now()).toBe(1_000);
    time = 500;
    expect(await store.transact(async (tx) => tx.now)).toBe(1_000);
    time = 1_001.9;
    expect(await store.now()).toBe(1_001);
  });

  it("gives up after so many attempts, naming the key", async () => {
    await using store = new MemoryStore({ maxAttempts: 3, random: () => 0 });
    let attempts = 0;
    const losing = store.transact(async (tx) => {
      attempts += 1;
      await store.transact(async (other) => other.put(bytes("hot"), bytes("other")));
      tx.put(bytes("hot"), bytes("mine"));
    });
    await expect(losing).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_CONFLICT",
      permanence: "transient",
      message: 'The transaction gave way to others 3 times, at last over the key "hot"',
    });
    expect(attempts).toBe(3);
  });

  it("keeps the caller's buffers and its own apart", async () => {
    await using store = new MemoryStore();
    const value = bytes("a");
    await store.transact(async (tx) => tx.put(bytes("k"), value));
    value[0] = 0;
    const read = await store.get(bytes("k"));
    expect(read).toEqual(bytes("a"));
    read?.fill(0);
    expect(await store.get(bytes("k"))).toEqual(bytes("a"));
  });
});
