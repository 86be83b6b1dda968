import { constants } from "node:os";
import { DistributedError } from "../error.js";

/** LMDB's own codes (lmdb.h, "Return Codes") that mean something to a user. */
const MDB_CORRUPTED = -30796;
const MDB_VERSION_MISMATCH = -30794;
const MDB_INVALID = -30793;
const MDB_MAP_FULL = -30792;
const MDB_READERS_FULL = -30790;

const { errno } = constants;

interface Diagnosis {
  readonly problem: string;
  readonly permanence: "permanent" | "transient";
  readonly hint?: string;
}

const CHOOSE_ANOTHER = "choose another with --store lmdb:PATH or ROBOFLOW_STORE";

const NOT_ALLOWED: Diagnosis = {
  problem: "this user may not write there",
  permanence: "permanent",
  hint: `Give this user write access to the directory and its files, or ${CHOOSE_ANOTHER}.`,
};
const NO_SPACE: Diagnosis = {
  problem: "no space is left on the disk (or the quota is used up)",
  permanence: "transient",
  hint: "Free some space; nothing of this write was stored.",
};
const NO_DIRECTORY: Diagnosis = {
  problem: "a file is in the way: the path must be a directory",
  permanence: "permanent",
  hint: `Move the file away, or ${CHOOSE_ANOTHER}.`,
};
const DAMAGED: Diagnosis = {
  problem: "its data file is damaged or was not written by this engine",
  permanence: "permanent",
  hint: `Restore the directory from a backup, or ${CHOOSE_ANOTHER}.`,
};

const DIAGNOSES = new Map<number, Diagnosis>([
  [errno.EACCES, NOT_ALLOWED],
  [errno.EPERM, NOT_ALLOWED],
  [errno.EROFS, { ...NOT_ALLOWED, problem: "the file system is read-only" }],
  [errno.ENOSPC, NO_SPACE],
  [errno.EDQUOT, NO_SPACE],
  [errno.EFBIG, { ...NO_SPACE, problem: "the limit on the size of a file is reached" }],
  // LMDB gives this for a write that was cut short, which is how a full disk shows first.
  [
    errno.EIO,
    {
      problem: "a write failed: the disk is full, or failing",
      permanence: "transient",
      hint: "Look at the disk's free space and health; nothing of this write was stored.",
    },
  ],
  [MDB_MAP_FULL, { ...NO_SPACE, problem: "its memory map can't grow any further" }],
  [errno.ENOTDIR, NO_DIRECTORY],
  [errno.EEXIST, NO_DIRECTORY],
  [MDB_INVALID, DAMAGED],
  [MDB_CORRUPTED, DAMAGED],
  [MDB_VERSION_MISMATCH, DAMAGED],
  [
    MDB_READERS_FULL,
    { problem: "too many transactions are open at once", permanence: "transient" },
  ],
]);

/** An error of LMDB or of the file system, as the user needs to hear of it. */
export function lmdbUnavailable(path: string, cause: unknown): DistributedError {
  if (cause instanceof DistributedError) return cause;
  const diagnosis = DIAGNOSES.get(errorNumber(cause) ?? 0) ?? {
    problem: cause instanceof Error ? cause.message : String(cause),
    permanence: "transient",
  };
  return unavailable(path, diagnosis, cause);
}

/** The data file is not LMDB's. */
export function damagedStore(path: string): DistributedError {
  return unavailable(path, DAMAGED);
}

function unavailable(path: string, diagnosis: Diagnosis, cause?: unknown): DistributedError {
  const { problem, permanence, hint } = diagnosis;
  return new DistributedError(
    "ERR_ROBOFLOW_STORE_UNAVAILABLE",
    `The store in ${path} can't be used: ${problem}`,
    { cause, permanence, ...(hint === undefined ? {} : { hint }) },
  );
}

/** LMDB sets a number (an errno, or its own below zero), Node a name and a negative `errno`. */
function errorNumber(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "number") return error.code;
  return "errno" in error && typeof error.errno === "number" ? -error.errno : undefined;
}
