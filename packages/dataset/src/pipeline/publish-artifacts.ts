import { createStorage } from "@roboflow/storage";
import { publishDataset } from "../publish/publish-dataset.js";
import type { PipelineContext } from "./pipeline-context.js";

/** A built dataset, where it goes, and whose it is. */
export interface ArtifactPublication {
  readonly stagingUrl: string;
  readonly outputUrl: string;
  readonly storeUrl: string;
  readonly batchId: string;
  readonly generation: number;
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
  const { stagingUrl, outputUrl, storeUrl, batchId, generation } = request;
  const { signal, logger } = context;
  await using storage = createStorage(logger ? { logger } : {});
  await publishDataset({
    storage,
    stagingUrl,
    outputUrl,
    marker: { storeUrl, batchId, generation },
    stillLeader: () => context.stillLeader(),
    ...(signal ? { signal } : {}),
    ...(logger ? { logger } : {}),
  });
}
