import type { KvStore } from "../store/kv-store.js";

/** One empty store for one test. */
export interface TestStore {
  readonly store: KvStore;
  /** Another handle onto the same data, as another process would have. */
  readonly openAgain: () => Promise<KvStore>;
  /** Closes every handle and removes the data. */
  readonly dispose: () => Promise<void>;
}

export interface KvStoreSubject {
  /** A new, empty store. */
  readonly create: () => Promise<TestStore>;
  /** Whether other processes can open it by its URL with `openStore`. */
  readonly severalProcesses: boolean;
}

/** Gives the store of the running test. */
export type CurrentStore = () => TestStore;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

/** Every key below 0xff; tests keep to those unless they say otherwise. */
export const EVERYTHING = { start: new Uint8Array(), end: Uint8Array.of(0xff) };

/** Commits the pairs, or deletes where the value is undefined. */
export async function write(
  store: KvStore,
  pairs: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await store.transact(async (tx) => {
    for (const [key, value] of Object.entries(pairs)) {
      if (value === undefined) tx.delete(bytes(key));
      else tx.put(bytes(key), bytes(value));
    }
  });
}
