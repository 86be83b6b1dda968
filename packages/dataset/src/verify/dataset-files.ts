import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";

export interface DatasetFile {
  /** Relative to the dataset, `/` separated. */
  readonly path: string;
  readonly bytes: number;
}

/** All files below a directory of the dataset, ordered by path; none if it is absent. */
export async function listFiles(directory: string, below: string): Promise<DatasetFile[]> {
  const names = await readdir(join(directory, below), { recursive: true }).catch(() => []);
  const files: DatasetFile[] = [];
  for (const name of names) {
    const path = `${below}/${name.split(sep).join("/")}`;
    const found = await stat(join(directory, path));
    if (found.isFile()) files.push({ path, bytes: found.size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
