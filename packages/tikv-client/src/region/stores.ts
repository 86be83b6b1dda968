import type { Backoff } from "../backoff/backoff.js";
import { awaitShared } from "../backoff/shared-work.js";
import type { Pd } from "../pd/pd.js";
import { Connection, type TransportHost } from "../transport/connection.js";
import { Store } from "./store.js";

/** The stores met so far. */
export class Stores {
  readonly #pd: Pd;
  readonly #host: TransportHost;
  readonly #connectionsPerStore: number;
  readonly #stores = new Map<bigint, Store>();
  readonly #loads = new Map<bigint, Promise<Store | undefined>>();

  constructor(pd: Pd, host: TransportHost, connectionsPerStore: number) {
    this.#pd = pd;
    this.#host = host;
    this.#connectionsPerStore = connectionsPerStore;
  }

  /** Undefined: PD does not know it, or it is gone for good. Concurrent callers share the question. */
  async load(backoff: Backoff, id: bigint): Promise<Store | undefined> {
    return this.#stores.get(id) ?? (await this.#shared(backoff, id));
  }

  /** Asks PD again where the store is. */
  async refresh(backoff: Backoff, id: bigint): Promise<void> {
    await this.#shared(backoff, id);
  }

  /** As `refresh`, and connects anew. */
  async reload(backoff: Backoff, id: bigint): Promise<void> {
    const before = this.#stores.get(id)?.address;
    const store = await this.#shared(backoff, id);
    // Another caller's question may have moved it already.
    if (store !== undefined && store.address === before) store.moveTo(store.address);
  }

  close(): void {
    for (const store of this.#stores.values()) store.close();
  }

  async #shared(backoff: Backoff, id: bigint): Promise<Store | undefined> {
    let underWay = this.#loads.get(id);
    // Of those whose wait was in vain one asks, and the others wait for that.
    for (; underWay !== undefined; underWay = this.#loads.get(id)) {
      await awaitShared(underWay, backoff);
      const known = this.#stores.get(id);
      if (known !== undefined) return known;
    }
    const load = this.#ask(backoff, id);
    this.#loads.set(id, load);
    try {
      return await load;
    } finally {
      if (this.#loads.get(id) === load) this.#loads.delete(id);
    }
  }

  async #ask(backoff: Backoff, id: bigint): Promise<Store | undefined> {
    const meta = await this.#pd.store(backoff, id);
    const known = this.#stores.get(id);
    if (meta === undefined) {
      known?.close();
      this.#stores.delete(id);
      return undefined;
    }
    if (known === undefined) {
      const store = new Store(id, meta.address, (address) => this.#connect(address));
      this.#stores.set(id, store);
      return store;
    }
    if (known.address !== meta.address) known.moveTo(meta.address);
    return known;
  }

  #connect(address: string): Connection[] {
    return Array.from(
      { length: this.#connectionsPerStore },
      () => new Connection(address, this.#host),
    );
  }
}
