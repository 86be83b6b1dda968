import { v7 } from "uuid";

/** A new UUIDv7 (RFC 9562): unique, and sorts by its time of creation. */
export function newId(): string {
  return v7();
}
