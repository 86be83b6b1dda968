import { z } from "zod";

/** Milliseconds since the epoch by the store's clock. */
export const Time = z.int().nonnegative();

export const Count = z.int().nonnegative();

/** SHA-256 as 64 lower-case hex digits. */
export const Hash = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits");

/**
 * Which config: its hash (64 hex digits), or a local path as jobs of early versions have it, which
 * only a worker on the submitter's machine can read.
 */
export const ConfigReference = z.string().regex(/\S/, "names no config");
