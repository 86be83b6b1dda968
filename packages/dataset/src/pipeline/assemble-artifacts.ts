import { assembleEpisodes, type AssembledDataset } from "../assemble/assemble-episodes.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { DatasetFiles } from "../files/dataset-files.js";
import { FetchedFiles } from "../files/fetched-files.js";
import { MadeFiles } from "../files/made-files.js";
import { openWorkplace, type PipelineContext } from "./pipeline-context.js";
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
 * @throws DatasetError as {@link assembleEpisodes}
 */
export async function assembleArtifacts(
  request: ArtifactAssembly,
  context: PipelineContext = {},
): Promise<AssembledDataset> {
  const { signal, logger, onProgress } = context;
  const { stagingUrl: url } = request;
  await using place = openWorkplace(context);
  const { storage, scratch } = place;
  // A killed attempt under the same token may have left parts.
  await storage.removeTree(url, signal === undefined ? {} : { signal });
  return await withStorageErrors(place.whereFor(url), async () =>
    assembleEpisodes({
      episodes: request.episodes.map(({ sourceUrl, artifactUrl }) => ({
        url: artifactUrl,
        label: sourceUrl,
      })),
      config: LerobotConfig.fromToml(request.config.content),
      inputs: new FetchedFiles({ storage, scratch, signal }),
      outputs: new DatasetFiles(await MadeFiles.open({ storage, url, scratch, signal })),
      ...(signal ? { signal } : {}),
      ...(logger ? { logger } : {}),
      ...(onProgress ? { onProgress } : {}),
    }),
  );
}
