import { sha256Hex } from "@roboflow/core";
import { z } from "zod";
import { DistributedError } from "../error.js";
import { recordCodec } from "../records/codec.js";
import { Hash, Time } from "../records/fields.js";

/** A config or annotation file, kept under the hash of its exact bytes. Written once, never changed. */
export const ConfigRecord = z.object({
  version: z.literal(1),
  hash: Hash,
  /** The exact text: byte order mark and line ends as they were. */
  content: z.string(),
  /** Milliseconds since the epoch, the store's time. */
  createdAt: Time,
});
export type ConfigRecord = z.infer<typeof ConfigRecord>;

export const configCodec = recordCodec("config", 1, ConfigRecord);

/** SHA-256 of the exact bytes (a string is taken as UTF-8), 64 lower-case hex digits. */
export function computeHash(content: string | Uint8Array): string {
  return sha256Hex(content);
}

/** Whether a job's config reference is a hash; anything else is a local path. */
export function isConfigHash(reference: string): boolean {
  return /^[0-9a-f]{64}$/i.test(reference);
}

// Keeps the byte order mark, which is part of what was hashed.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text that encodes to the same bytes again.
 * @throws DistributedError `ERR_ROBOFLOW_RECORD_INVALID` (permanent) for what is not UTF-8
 */
export function exactText(content: string | Uint8Array): string {
  try {
    return decoder.decode(typeof content === "string" ? encodeExactly(content) : content);
  } catch (cause) {
    throw new DistributedError("ERR_ROBOFLOW_RECORD_INVALID", "The config is not valid UTF-8", {
      cause,
      hint: "Save the file as UTF-8.",
    });
  }
}

/** Half a surrogate pair has no UTF-8 form; encoders put another character in its place. */
function encodeExactly(content: string): Uint8Array {
  const bytes = Buffer.from(content, "utf8");
  if (bytes.toString("utf8") !== content) throw new TypeError("Half a surrogate pair");
  return bytes;
}
