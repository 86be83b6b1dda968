import { joinUrl, StorageError, type CallOptions, type Storage } from "@roboflow/storage";
import { z } from "zod";
import { relativePath } from "../files/relative-path.js";
import { DATASET_DIRECTORIES } from "./marker.js";

const StagedFile = z.object({
  /** Relative to the dataset, `/` separated. */
  path: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
});
export type StagedFile = z.infer<typeof StagedFile>;

const LIST_PATH = "publish.json";
const StagedList = z.object({ version: z.literal(1), files: z.array(StagedFile) });

/**
 * All files of a built dataset, ordered by path. The list is written beside them before the first
 * one is moved away, so that whoever goes on after a crash knows them all.
 */
export async function stagedFiles(
  storage: Storage,
  stagingUrl: string,
  options: CallOptions,
): Promise<readonly StagedFile[]> {
  const url = joinUrl(stagingUrl, LIST_PATH);
  try {
    const content = await storage.readAll(url, options);
    return StagedList.parse(JSON.parse(new TextDecoder().decode(content))).files;
  } catch (error) {
    const absent = error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND";
    if (!absent) throw error;
  }
  const files: StagedFile[] = [];
  for (const directory of DATASET_DIRECTORIES) {
    const prefix = joinUrl(stagingUrl, `${directory}/`);
    for await (const found of storage.list(prefix, options)) {
      files.push({ path: relativePath(stagingUrl, found.url), size: found.size });
    }
  }
  if (files.length === 0) return files;
  const list = { version: 1, files };
  await storage.put(url, new TextEncoder().encode(JSON.stringify(list)), options);
  return files;
}
