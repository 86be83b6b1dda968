import { rm } from "node:fs/promises";
import { toPath } from "@roboflow/storage";
import { assembleDataset, type AssembledDataset } from "../assemble/assemble-dataset.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import type { PipelineContext } from "./convert-source.js";
import { makeDirectory } from "./make-directory.js";
import { withStorageErrors } from "./with-storage-errors.js";

/** Episodes to assemble, in the order that they get, and where. */
export interface ArtifactAssembly {
  readonly config: { readonly hash: string; readonly content: string };
  readonly episodes: readonly { readonly sourceUrl: string; readonly artifactUrl: string }[];
  /** Directory URL to build the dataset in; emptied first. */
  readonly stagingUrl: string;
}

/**
 * Builds the dataset of these artifacts under `stagingUrl`; touches nothing outside.
 *
 * @throws DatasetError as {@link assembleDataset}
 */
export async function assembleArtifacts(
  request: ArtifactAssembly,
  { signal, logger, onProgress }: PipelineContext = {},
): Promise<AssembledDataset> {
  // A killed attempt under the same token may have left parts.
  await rm(toPath(request.stagingUrl), { recursive: true, force: true });
  const directory = await makeDirectory(request.stagingUrl);
  return withStorageErrors(request.stagingUrl, () =>
    assembleDataset({
      episodes: request.episodes.map(({ sourceUrl, artifactUrl }) => ({
        directory: toPath(artifactUrl),
        label: sourceUrl,
      })),
      config: LerobotConfig.fromToml(request.config.content),
      directory,
      ...(signal ? { signal } : {}),
      ...(logger ? { logger } : {}),
      ...(onProgress ? { onProgress } : {}),
    }),
  );
}
