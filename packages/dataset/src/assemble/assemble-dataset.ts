import { resolve } from "node:path";
import type { Logger } from "@roboflow/core";
import { createStorage, toUrl } from "@roboflow/storage";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { DatasetFiles } from "../files/dataset-files.js";
import { FetchedFiles } from "../files/fetched-files.js";
import { MadeFiles } from "../files/made-files.js";
import { Scratch } from "../files/scratch.js";
import { assembleEpisodes, type AssembledDataset } from "./assemble-episodes.js";

/** An episode's artifacts on local disk. */
export interface EpisodeSource {
  readonly directory: string;
  /** The recording's URL, for errors. */
  readonly label: string;
}

export interface AssembleOptions {
  /** In the order that they get in the dataset. */
  readonly episodes: readonly EpisodeSource[];
  readonly config: LerobotConfig;
  /** An empty local directory to fill; created if it is absent. */
  readonly directory: string;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: { framesDone: number; framesTotal: number }) => void;
}

/** All on local disk. @see assembleEpisodes */
export async function assembleDataset(options: AssembleOptions): Promise<AssembledDataset> {
  const { signal, logger } = options;
  const directory = resolve(options.directory);
  await using storage = createStorage(logger ? { logger } : {});
  // Nothing has to be fetched.
  await using scratch = new Scratch(directory);
  const urlOf = (path: string): string => toUrl(`${resolve(path)}/`, directory);
  const url = urlOf(directory);
  return await assembleEpisodes({
    ...options,
    episodes: options.episodes.map((episode) => ({
      url: urlOf(episode.directory),
      label: episode.label,
    })),
    inputs: new FetchedFiles({ storage, scratch, signal }),
    outputs: new DatasetFiles(await MadeFiles.open({ storage, url, scratch, signal })),
  });
}
