import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatasetError } from "../error.js";
import { EPISODE_MANIFEST_FILE, EpisodeManifest } from "../episode/manifest.js";

/** Where one episode's artifacts are: `episode.json`, the data file and the videos it names. */
export interface EpisodeSource {
  /** Local directory. */
  readonly directory: string;
  /** The recording's URL, for errors. */
  readonly label: string;
}

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if it is missing or no manifest */
export async function readManifest({ directory, label }: EpisodeSource): Promise<EpisodeManifest> {
  const path = join(directory, EPISODE_MANIFEST_FILE);
  const invalid = (problem: string, cause: unknown) =>
    new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", `${label}: ${path} ${problem}`, {
      cause,
      hint: "Convert the recording again.",
    });
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw invalid("can't be read", cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw invalid("is not JSON", cause);
  }
  const parsed = EpisodeManifest.safeParse(json);
  if (!parsed.success) {
    const key = parsed.error.issues[0]?.path.join(".") ?? "";
    throw invalid(`is no episode manifest of this version (at \`${key}\`)`, parsed.error);
  }
  return parsed.data;
}
