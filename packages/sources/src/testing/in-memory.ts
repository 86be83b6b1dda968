import type { ReadableObject } from "@roboflow/storage";

/** A file that is only bytes; `reads` lists the ranges that were read, as `[offset, length]`. */
export interface InMemoryFile extends ReadableObject {
  readonly reads: [offset: number, length: number][];
}

export function inMemory(bytes: Uint8Array, url = "memory://test.mcap"): InMemoryFile {
  const reads: InMemoryFile["reads"] = [];
  return {
    url,
    size: bytes.length,
    identity: "test",
    reads,
    async read(offset, length) {
      reads.push([offset, length]);
      return bytes.slice(offset, offset + length);
    },
    async close() {
      // Nothing is open.
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
