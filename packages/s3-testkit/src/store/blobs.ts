import type { Blob, BlobStore } from "./blob.js";
import type { Content } from "./content.js";

/** The blobs of all buckets, each kept for as long as an object, part or copy in work holds it. */
export class Blobs {
  readonly #references = new Map<Blob, number>();
  readonly #store: BlobStore;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Content that is held once. */
  async add(bytes: Uint8Array): Promise<Content> {
    const blob = await this.#store.add(bytes);
    const content = [{ blob, offset: 0, length: blob.size }];
    this.hold(content);
    return content;
  }

  hold(content: Content): void {
    for (const { blob } of content) {
      this.#references.set(blob, (this.#references.get(blob) ?? 0) + 1);
    }
  }

  async release(content: Content): Promise<void> {
    for (const { blob } of content) {
      const left = (this.#references.get(blob) ?? 0) - 1;
      if (left > 0) {
        this.#references.set(blob, left);
        continue;
      }
      this.#references.delete(blob);
      await this.#store.remove(blob);
    }
  }
}
