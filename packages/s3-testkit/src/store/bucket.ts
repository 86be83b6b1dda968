import type { Blobs } from "./blobs.js";
import type { StoredObject, Upload } from "./object.js";

/** Makes the objects of a bucket outlive the process. */
export interface Journal {
  saved(key: string, object: StoredObject): Promise<void>;
  removed(key: string): Promise<void>;
}

/** Objects and unfinished uploads. What is in the maps counts; the journal only follows. */
export class Bucket {
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  readonly #journal: Journal | undefined;
  #sortedKeys: readonly string[] | undefined;

  constructor(
    readonly blobs: Blobs,
    journal?: Journal,
  ) {
    this.#journal = journal;
  }

  /** Keys in the order of their UTF-8 bytes, in which S3 lists them. */
  sortedKeys(): readonly string[] {
    this.#sortedKeys ??= [...this.objects.keys()]
      .map((key) => Buffer.from(key))
      .sort(Buffer.compare)
      .map((key) => key.toString());
    return this.#sortedKeys;
  }

  /** Visible at once, also while the journal is still writing. Holds the content. */
  async put(key: string, object: StoredObject): Promise<void> {
    const before = this.objects.get(key);
    if (before === undefined) this.#sortedKeys = undefined;
    this.objects.set(key, object);
    this.blobs.hold(object.content);
    await this.#journal?.saved(key, object);
    if (before !== undefined) await this.blobs.release(before.content);
  }

  async delete(key: string): Promise<void> {
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.#sortedKeys = undefined;
    this.objects.delete(key);
    await this.#journal?.removed(key);
    await this.blobs.release(before.content);
  }

  /** Ends an upload; objects made of its parts keep what they share with it. */
  async endUpload(upload: Upload): Promise<void> {
    if (!this.uploads.delete(upload.id)) return;
    for (const { content } of upload.parts.values()) await this.blobs.release(content);
  }
}
