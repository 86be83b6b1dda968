import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/store/clock.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { LmdbStore } from "../../src/store/lmdb-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";

export interface OpenedStore extends AsyncDisposable {
  readonly store: KvStore;
}

export interface Engine {
  readonly name: string;
  /** Runs of a property test; a commit on disk takes its time. */
  readonly runs: number;
  /** A new, empty store with this clock. */
  open(clock: Clock): Promise<OpenedStore>;
}

/** The engines that the queue's property tests run on. */
export const ENGINES: readonly Engine[] = [
  {
    name: "memory",
    runs: 80,
    async open(clock) {
      const store = new MemoryStore({ clock, random: () => 0 });
      return { store, [Symbol.asyncDispose]: () => store.close() };
    },
  },
  {
    name: "LMDB",
    runs: 8,
    async open(clock) {
      const path = await mkdtemp(join(tmpdir(), "roboflow-queue-"));
      const store = await LmdbStore.open(path, { clock, random: () => 0 });
      return {
        store,
        async [Symbol.asyncDispose]() {
          await store.close();
          await rm(path, { recursive: true, force: true });
        },
      };
    },
  },
];
