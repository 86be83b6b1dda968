import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DistributedError } from "../error.js";
import type { KvStore } from "./kv-store.js";
import { LmdbStore, type LmdbStoreOptions } from "./lmdb-store.js";
import { MemoryStore } from "./memory-store.js";
import { TikvStore, type TikvStoreOptions } from "./tikv-store.js";
import { tikvEndpoints } from "./tikv-url.js";

/** What `parseStoreUrl` understood. */
export type StoreLocation =
  | { readonly kind: "memory" }
  /** `path` is absolute. */
  | { readonly kind: "lmdb"; readonly path: string }
  /** `host:port` of PD members. */
  | { readonly kind: "tikv"; readonly endpoints: readonly string[] };

/** Each engine takes what concerns it. */
export type StoreOptions = LmdbStoreOptions & TikvStoreOptions;

const SUPPORTED =
  "Stores are lmdb:PATH (a directory; several processes of one machine), tikv://HOST:PORT,… (PD members of a TiKV cluster; many machines) and memory: (this process only, for tests).";

/**
 * Opens a store by its URL: `lmdb:PATH`, `tikv://HOST:PORT,…` or `memory:`. A new `lmdb:` directory
 * is created.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_URL`, `ERR_ROBOFLOW_STORE_UNAVAILABLE`
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<KvStore> {
  const location = parseStoreUrl(url);
  switch (location.kind) {
    case "memory":
      return new MemoryStore(options);
    case "lmdb":
      return LmdbStore.open(location.path, options);
    case "tikv":
      return TikvStore.open(location.endpoints, options);
  }
}

/**
 * Relative paths are taken from `cwd`, and `~/` from the home directory: the shell does not
 * expand it after `lmdb:`.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_URL`; names the scheme only, a URL may hold secrets
 */
export function parseStoreUrl(url: string, cwd: string = process.cwd()): StoreLocation {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case "memory":
      if (rest === "") return { kind: "memory" };
      throw urlError("A memory: store takes no path");
    case "lmdb":
      if (rest === "") throw urlError("The store URL lmdb: names no directory");
      return { kind: "lmdb", path: resolve(cwd, fromHome(rest)) };
    case "tikv":
      return { kind: "tikv", endpoints: tikvEndpoints(url) };
    case undefined:
      throw urlError("The store must be given as a URL with a scheme, e.g. lmdb:.roboflow/store");
    default:
      throw urlError(`Stores on ${scheme}: are not supported`);
  }
}

function fromHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

function urlError(message: string): DistributedError {
  return new DistributedError("ERR_ROBOFLOW_STORE_URL", message, { hint: SUPPORTED });
}
