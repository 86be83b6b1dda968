import { createHash } from "node:crypto";

/** SHA-256 of the exact bytes (a string is taken as UTF-8), as 64 lower-case hex digits. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
