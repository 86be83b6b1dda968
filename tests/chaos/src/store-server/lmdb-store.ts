import { join } from "node:path";
import type { StoreServer } from "./store-server.js";

/** A store in a directory: there is no server that could fail. */
export function lmdbStore(directory: string): StoreServer {
  return {
    kind: "lmdb",
    url: `lmdb:${join(directory, "store")}`,
    [Symbol.asyncDispose]: async () => {},
  };
}
