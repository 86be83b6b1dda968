import { sha256Hex } from "@roboflow/core";
import type { Storage } from "@roboflow/storage";

/** SHA-256 of all files below a directory URL, by URL relative to it. */
export async function treeOf(storage: Storage, url: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for await (const file of storage.list(url))
    tree[file.url.slice(url.length)] = sha256Hex(await storage.readAll(file.url));
  return tree;
}
