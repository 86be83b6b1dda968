import type { ConfigRecord } from "./config/config-record.js";
import {
  getContent,
  listContent,
  putContent,
  type ContentEntry,
  type ListOptions,
} from "./config/config-store.js";
import type { KvStore } from "./store/kv-store.js";
import { openStore, type StoreOptions } from "./store/open-store.js";
import { storeId } from "./store/store-id.js";

/** The typed client of our records, over any store engine. */
export class TikvClient implements AsyncDisposable {
  readonly store: KvStore;

  /** Takes over the store: closing the client closes it. */
  constructor(store: KvStore) {
    this.store = store;
  }

  /** @throws DistributedError as `openStore` does */
  static async open(url: string, options: StoreOptions = {}): Promise<TikvClient> {
    return new TikvClient(await openStore(url, options));
  }

  /**
   * Stores a config under the hash of its exact bytes if it is absent; it is not parsed. Two
   * clients at once write it once, and both get the one record.
   */
  async putConfig(content: string | Uint8Array): Promise<ConfigRecord> {
    return putContent(this.store, "config", content);
  }

  /**
   * The config of this hash (64 hex digits in either case), checked against it.
   * @throws DistributedError permanent: `ERR_ROBOFLOW_CONFIG_MISSING`,
   * `ERR_ROBOFLOW_CONFIG_CORRUPT`; transient: `ERR_ROBOFLOW_RECORD_NEWER`,
   * `ERR_ROBOFLOW_STORE_UNAVAILABLE`
   */
  async getConfig(hash: string): Promise<ConfigRecord> {
    return getContent(this.store, "config", hash);
  }

  /** In order of hash. */
  listConfigs(options: ListOptions = {}): AsyncIterable<ContentEntry> {
    return listContent(this.store, "config", options);
  }

  /** As `putConfig`, for an annotation file. */
  async putAnnotation(content: string | Uint8Array): Promise<ConfigRecord> {
    return putContent(this.store, "annotation", content);
  }

  /** As `getConfig`, for an annotation file. */
  async getAnnotation(hash: string): Promise<ConfigRecord> {
    return getContent(this.store, "annotation", hash);
  }

  /** The store's own name, the same by whatever URL it is reached; see `storeId`. */
  async storeId(): Promise<string> {
    return storeId(this.store);
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
