import type { Storage } from "@roboflow/storage";

/** What a published dataset keeps beside the files that readers see: whose it is. */
const KEPT = new Set([".roboflow/dataset.json"]);

/** Files below an output that are neither the dataset's nor meant to stay. @param outputUrl ends with a slash */
export async function litterBelow(storage: Storage, outputUrl: string): Promise<string[]> {
  const litter: string[] = [];
  for await (const { url } of storage.list(outputUrl)) {
    const path = decodeURIComponent(url.slice(outputUrl.length));
    if (!/^(data|meta|videos)\//.test(path) && !KEPT.has(path)) litter.push(path);
  }
  return litter;
}
