import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { sha256Hex } from "@roboflow/core";
import { hashFrames } from "@roboflow/dataset";

/**
 * All that readers of a dataset see, by path: hashes of the bytes of data and metadata, and of every
 * decoded frame of its videos.
 */
export async function datasetDigest(directory: string): Promise<Record<string, string>> {
  const digest: Record<string, string> = {};
  for (const top of ["data", "meta", "videos"]) {
    for (const entry of await readdir(join(directory, top), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const name = relative(directory, path);
      digest[name] = path.endsWith(".mp4")
        ? sha256Hex((await hashFrames(path)).join())
        : sha256Hex(await readFile(path));
    }
  }
  return digest;
}
