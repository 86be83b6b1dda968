import { describe, expect, it, vi } from "vitest";
import { describeKvStore } from "../testing/describe-kv-store.js";
import { MemoryStore } from "../store/memory-store.js";
import { observeStore, type StoreCall } from "./observe-store.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describeKvStore("An observed store", {
  severalProcesses: false,
  async create() {
    const memory = new MemoryStore();
    const handles = [memory];
    return {
      store: observeStore(memory, () => {}),
      async openAgain() {
        const other = memory.openAgain();
        handles.push(other);
        return observeStore(other, () => {});
      },
      async dispose() {
        for (const handle of handles) await handle.close();
      },
    };
  },
});

describe("observeStore", () => {
  it("tells of each call once, and of what it came to", async () => {
    const calls: StoreCall[] = [];
    await using store = observeStore(new MemoryStore(), (call) => calls.push(call));
    await store.transact(async (tx) => {
      await tx.get(bytes("a"));
      tx.put(bytes("a"), bytes("1"));
      tx.put(bytes("b"), bytes("2"));
    });
    await store.get(bytes("a"));
    for await (const _ of store.scan({ start: bytes("a"), end: bytes("z") })) break;
    await expect(store.transact(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(store.get(new Uint8Array())).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_KEY",
    });
    expect(calls.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      "transact done",
      "get done",
      "scan done",
      "transact failed",
      "get failed",
    ]);
  });

  it("has what the store has: counts and collections where there are some", async () => {
    const plain = new MemoryStore();
    expect(observeStore(plain, () => {}).collectGarbage).toBe(undefined);
    const collectGarbage = vi.fn(async () => ({ kind: "collected", safePoint: 1n }) as const);
    const count = vi.fn(async () => 3);
    const calls: StoreCall[] = [];
    const store = observeStore(
      Object.assign(new MemoryStore(), { collectGarbage, count }),
      (call) => calls.push(call),
    );
    expect(await store.count?.({ start: bytes("a"), end: bytes("b") })).toBe(3);
    expect(await store.collectGarbage?.({ keepMs: 1 })).toEqual({
      kind: "collected",
      safePoint: 1n,
    });
    expect(calls).toMatchObject([{ operation: "count", outcome: "done" }]);
  });
});
