import { mkdir } from "node:fs/promises";
import type { Database, RootDatabase } from "lmdb";
import { DistributedError } from "../error.js";
import { lmdbUnavailable } from "./lmdb-error.js";
import { checkDataFile } from "./lmdb-header.js";

type Bytes = Database<Uint8Array, Uint8Array>;

/** The open LMDB environment of one store directory. */
export interface LmdbEnvironment {
  readonly path: string;
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  /** The store's keys and values. */
  readonly data: Bytes;
  /** What recent commits wrote and locked; see `CommitLog`. */
  readonly commits: Bytes;
  /** Format and the latest `StoreState`. */
  readonly meta: Bytes;
}

/** Each open transaction of any process takes one slot of the lock file. */
const MAX_READERS = 1_024;

const FORMAT = "roboflow lmdb store 1";
const FORMAT_KEY = Buffer.from("format");

const binary = { encoding: "binary", keyEncoding: "binary" } as const;

/**
 * Opens or creates the directory. `overlappingSync` is off: a commit is on disk when
 * `transactionSync` returns, and nobody reads what a power failure could still undo.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_UNAVAILABLE`
 */
export async function openLmdb(path: string): Promise<LmdbEnvironment> {
  try {
    await mkdir(path, { recursive: true });
    await checkDataFile(path);
    const { open } = await import("lmdb");
    const root = open<Uint8Array, Uint8Array>({
      path,
      ...binary,
      noSubdir: false,
      overlappingSync: false,
      maxReaders: MAX_READERS,
    });
    try {
      const environment: LmdbEnvironment = {
        path,
        root,
        data: root.openDB<Uint8Array, Uint8Array>({ name: "data", ...binary }),
        commits: root.openDB<Uint8Array, Uint8Array>({ name: "commits", ...binary }),
        meta: root.openDB<Uint8Array, Uint8Array>({ name: "meta", ...binary }),
      };
      checkFormat(environment);
      return environment;
    } catch (error) {
      await root.close();
      throw error;
    }
  } catch (error) {
    throw lmdbUnavailable(path, error);
  }
}

function checkFormat({ path, root, meta }: LmdbEnvironment): void {
  const found =
    meta.get(FORMAT_KEY) ??
    root.transactionSync(() => {
      const other = meta.get(FORMAT_KEY);
      if (other === undefined) meta.putSync(FORMAT_KEY, Buffer.from(FORMAT));
      return other ?? Buffer.from(FORMAT);
    });
  if (Buffer.from(found).toString() === FORMAT) return;
  throw new DistributedError(
    "ERR_ROBOFLOW_STORE_UNAVAILABLE",
    `The store in ${path} was written in a format that this version does not know`,
    { hint: "Update roboflow, or choose another store." },
  );
}
