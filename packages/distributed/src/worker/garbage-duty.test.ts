import { silentLogger } from "@roboflow/core";
import { expect, it, vi } from "vitest";
import type { Collection, KvStore } from "../store/kv-store.js";
import { MemoryStore } from "../store/memory-store.js";
import { GarbageDuty } from "./garbage-duty.js";

/** A store that says what it was asked to drop. */
function collecting(): { store: KvStore; collect: ReturnType<typeof vi.fn> } {
  const collect = vi.fn(async (): Promise<Collection> => ({ kind: "collected", safePoint: 7n }));
  return { store: Object.assign(new MemoryStore(), { collectGarbage: collect }), collect };
}

const duty = (store: KvStore, holder: string): GarbageDuty =>
  new GarbageDuty({ store, holder, everyMs: 5, random: () => 0, logger: silentLogger });

it("is done by one of several, and by the next once that one has resigned", async () => {
  const { store, collect } = collecting();
  const first = duty(store, "first");
  const second = duty(store, "second");
  const firstRuns = first.run();
  await vi.waitUntil(() => collect.mock.calls.length > 1);
  first.end();
  await firstRuns;
  collect.mockClear();
  const acquire = vi.spyOn(store, "transact");
  const secondRuns = second.run();
  await vi.waitUntil(() => acquire.mock.calls.length > 0);
  await Promise.all(acquire.mock.results.map(({ value }) => value));
  expect(collect).not.toHaveBeenCalled();
  await first.resign();
  await vi.waitUntil(() => collect.mock.calls.length > 0);
  second.end();
  await secondRuns;
});

it("ends at once where the store keeps no garbage", async () => {
  await duty(new MemoryStore(), "only").run();
});
