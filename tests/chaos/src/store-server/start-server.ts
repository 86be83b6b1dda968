import { startGoServer } from "./go-server.js";
import { lmdbStore } from "./lmdb-store.js";
import type { ServerKind, StoreServer } from "./store-server.js";
import { startTestkit } from "./testkit-server.js";

export interface ServerPlace {
  /** See `copyProgram`. */
  readonly program: string;
  /** For a store that lies in files. */
  readonly directory: string;
  /** Directory with `tikv-server`. */
  readonly goPrograms: string | undefined;
}

/** Starts an empty store. */
export async function startServer(kind: ServerKind, place: ServerPlace): Promise<StoreServer> {
  switch (kind) {
    case "testkit":
      return startTestkit(place.program);
    case "lmdb":
      return lmdbStore(place.directory);
    case "go":
      if (place.goPrograms === undefined) throw new Error("--server go needs --go-programs");
      return startGoServer(place.goPrograms);
  }
}
