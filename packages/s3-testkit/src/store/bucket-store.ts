import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Blob, FileBlobs, MemoryBlobs } from "./blob.js";
import { Blobs } from "./blobs.js";
import { Bucket } from "./bucket.js";
import { DirectoryJournal, type SavedObject } from "./journal.js";

/** The buckets of a server. */
export interface BucketStore {
  readonly buckets: Map<string, Bucket>;
  create(name: string): Promise<void>;
}

export function memoryBuckets(): BucketStore {
  const blobs = new Blobs(new MemoryBlobs());
  const buckets = new Map<string, Bucket>();
  return { buckets, create: async (name) => void buckets.set(name, new Bucket(blobs)) };
}

/**
 * Buckets in a directory: `buckets/<name>/<hash of key>.json`, and `blobs/`. Their objects are there
 * again when a server starts on the same directory; unfinished uploads are not.
 */
export async function openBuckets(directory: string): Promise<BucketStore> {
  const [all, blobDirectory] = [join(directory, "buckets"), join(directory, "blobs")];
  await mkdir(all, { recursive: true });
  await mkdir(blobDirectory, { recursive: true });
  const files = new FileBlobs(blobDirectory);
  const blobs = new Blobs(files);
  const known = new Map<string, Blob>();
  const buckets = new Map<string, Bucket>();
  for (const name of await readdir(all)) {
    const bucket = new Bucket(blobs, new DirectoryJournal(join(all, name)));
    await load(bucket, join(all, name), (id, size) => {
      const blob = known.get(id) ?? files.known(id, size);
      known.set(id, blob);
      return blob;
    });
    buckets.set(name, bucket);
  }
  for (const id of await readdir(blobDirectory)) {
    if (!known.has(id)) await rm(join(blobDirectory, id));
  }
  return {
    buckets,
    async create(name) {
      await mkdir(join(all, name), { recursive: true });
      buckets.set(name, new Bucket(blobs, new DirectoryJournal(join(all, name))));
    },
  };
}

async function load(
  bucket: Bucket,
  directory: string,
  blobOf: (id: string, size: number) => Blob,
): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(".json")) continue;
    const saved: SavedObject = JSON.parse(await readFile(join(directory, name), "utf8"));
    const content = saved.content.map(({ blob, blobSize, offset, length }) => ({
      blob: blobOf(blob, blobSize),
      offset,
      length,
    }));
    const { key, ...object } = saved;
    bucket.objects.set(key, { ...object, content });
    bucket.blobs.hold(content);
  }
}
