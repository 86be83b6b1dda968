import { joinUrl, StorageError } from "@roboflow/storage";
import { DatasetError } from "../error.js";
import type { FetchedFiles } from "../files/fetched-files.js";
import { EPISODE_MANIFEST_FILE, EpisodeManifest } from "../episode/manifest.js";

/** Where one episode's artifacts are: `episode.json`, the data file and the videos it names. */
export interface EpisodeArtifacts {
  /** Directory URL. */
  readonly url: string;
  /** The recording's URL, for errors. */
  readonly label: string;
}

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if it is missing or no manifest */
export async function readManifest(
  { url: directoryUrl, label }: EpisodeArtifacts,
  files: FetchedFiles,
): Promise<EpisodeManifest> {
  const url = joinUrl(directoryUrl, EPISODE_MANIFEST_FILE);
  const invalid = (problem: string, cause: unknown) =>
    new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", `${label}: ${url} ${problem}`, {
      cause,
      hint: "Convert the recording again.",
    });
  let content: string;
  try {
    content = new TextDecoder().decode(await files.storage.readAll(url, files.call));
  } catch (cause) {
    const isAbsent =
      cause instanceof StorageError && cause.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND";
    throw isAbsent ? invalid("is not there", cause) : cause;
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
