import { publishDataset } from "../publish/publish-dataset.js";
import { openWorkplace, type PipelineContext } from "./pipeline-context.js";

/** A built dataset, where it goes, and whose it is. */
export interface ArtifactPublication {
  readonly stagingUrl: string;
  readonly outputUrl: string;
  readonly storeId?: string;
  readonly storeUrl: string;
  readonly batchId: string;
  readonly generation: number;
  /** Fencing token of the leader that publishes: a late predecessor can't undo what it did. */
  readonly token?: number;
}

/**
 * Moves a dataset built by {@link assembleArtifacts} into place.
 *
 * @throws DatasetError as {@link publishDataset}
 */
export async function publishArtifacts(
  request: ArtifactPublication,
  context: PipelineContext & { stillLeader(): Promise<boolean> },
): Promise<void> {
  const { stagingUrl, outputUrl, storeId, storeUrl, batchId, generation, token } = request;
  const { signal, logger } = context;
  await using place = openWorkplace(context);
  await publishDataset({
    storage: place.storage,
    stagingUrl,
    outputUrl,
    marker: {
      ...(storeId === undefined ? {} : { storeId }),
      storeUrl,
      batchId,
      generation,
      ...(token === undefined ? {} : { token }),
    },
    stillLeader: () => context.stillLeader(),
    ...(signal ? { signal } : {}),
    ...(logger ? { logger } : {}),
  });
}
