import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "@roboflow/core";
import { hashFrames } from "@roboflow/dataset";
import type { Storage } from "@roboflow/storage";
import { parquetReadObjects } from "hyparquet";

/**
 * All that readers of a dataset see, by path: hashes of the bytes of data and metadata, and of
 * every decoded frame of its videos.
 */
export type DatasetContent = ReadonlyMap<string, string>;

/** Directories that readers look into. */
const VISIBLE = ["data/", "meta/", "videos/"];

/** @param outputUrl ends with a slash */
export async function datasetContent(storage: Storage, outputUrl: string): Promise<DatasetContent> {
  const scratch = await mkdtemp(join(tmpdir(), "chaos-content-"));
  try {
    const content = new Map<string, string>();
    for await (const { url } of storage.list(outputUrl)) {
      const path = decodeURIComponent(url.slice(outputUrl.length));
      if (!VISIBLE.some((directory) => path.startsWith(directory))) continue;
      content.set(path, await hashOf(storage, url, scratch));
    }
    return content;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function hashOf(storage: Storage, url: string, scratch: string): Promise<string> {
  if (!url.endsWith(".mp4")) return sha256Hex(await storage.readAll(url));
  return sha256Hex((await hashFrames(await storage.localPath(url, scratch))).join());
}

/** What differs between two datasets; nothing if readers can't tell them apart. */
export function contentDifferences(found: DatasetContent, expected: DatasetContent): string[] {
  const paths = [...new Set([...found.keys(), ...expected.keys()])].sort();
  return paths.flatMap((path) => {
    if (found.get(path) === expected.get(path)) return [];
    if (!found.has(path)) return [`${path} is missing`];
    return [`${path} ${expected.has(path) ? "differs" : "should not be there"}`];
  });
}

/** Which episodes the data holds, one entry a frame in order. @param outputUrl ends with a slash */
export async function countersIn(storage: Storage, outputUrl: string): Promise<number[]> {
  const counters: number[] = [];
  for await (const { url } of storage.list(`${outputUrl}data/`)) {
    const content = await storage.readAll(url);
    const file = new Uint8Array(content).buffer;
    const rows = await parquetReadObjects({ file, columns: ["observation.counter"] });
    for (const row of rows) counters.push(Number([row["observation.counter"]].flat()[0]));
  }
  return counters;
}
