import type { Site } from "../site/site.js";

/** What a published dataset keeps beside the files that readers see: whose it is. */
const KEPT = new Set([".roboflow/dataset.json"]);

/** Files of the output that are neither the dataset's nor meant to stay, and uploads nobody ended. */
export async function litterOf(site: Site): Promise<string[]> {
  const { storage, outputUrl } = site;
  const uploads = site.kind === "s3" ? await site.control.unfinishedUploads() : [];
  const litter = uploads.map((key) => `the unfinished upload of ${key}`);
  for await (const { url } of storage.list(outputUrl)) {
    const path = decodeURIComponent(url.slice(outputUrl.length));
    if (!/^(data|meta|videos)\//.test(path) && !KEPT.has(path)) litter.push(path);
  }
  return litter;
}
