import { silentLogger, type Logger } from "@roboflow/core";
import { joinUrl, type Storage } from "@roboflow/storage";
import { DatasetError } from "../error.js";
import { claimOutput, DATASET_DIRECTORIES, type OutputOwner } from "./output-marker.js";
import { stagedFiles, type StagedFile } from "./staged-files.js";

/** Written last and removed first: a dataset without it does not load. */
const INFO_PATH = "meta/info.json";

export interface PublishOptions {
  readonly storage: Storage;
  /** Directory of the built dataset, in the same storage as the output. Removed when done. */
  readonly stagingUrl: string;
  /** Directory that becomes the dataset. */
  readonly outputUrl: string;
  readonly marker: OutputOwner & {
    /** Grows with every republishing of the batch. */
    readonly generation: number;
  };
  /** Asked before each step that others can see. */
  stillLeader(): Promise<boolean>;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/**
 * Moves a built dataset into place, whole file by whole file, and removes what an earlier generation
 * left. Readers see the old dataset, none, or the new one. After a crash at any step, running it
 * again, on the same staging or on one built anew, ends in the same tree.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if the output holds anything else;
 *   `ERR_ROBOFLOW_DATASET_PUBLISH_LOST` (transient) once `stillLeader` says no
 */
export async function publishDataset(options: PublishOptions): Promise<void> {
  const { storage, stagingUrl, outputUrl, marker, signal, logger = silentLogger } = options;
  const call = signal === undefined ? {} : { signal };
  const files = await stagedFiles(storage, stagingUrl, call);
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    if (!(await options.stillLeader())) throw lost(outputUrl);
    return act();
  };
  const move = async ({ path }: StagedFile): Promise<void> => {
    const from = joinUrl(stagingUrl, path);
    if (!(await storage.exists(from, call))) return;
    await step(() => storage.move(from, joinUrl(outputUrl, path), call));
  };

  await step(() => claimOutput(storage, outputUrl, marker, call));
  const info = files.find(({ path }) => path === INFO_PATH);
  if (info === undefined) {
    // Staging is removed last of all: if it is gone, nothing is left to do.
    const isDone =
      files.length === 0 && (await storage.exists(joinUrl(outputUrl, INFO_PATH), call));
    if (isDone) return;
    throw incomplete(stagingUrl, INFO_PATH);
  }
  if (await storage.exists(joinUrl(stagingUrl, INFO_PATH), call)) {
    await step(() => storage.remove(joinUrl(outputUrl, INFO_PATH), call));
    for (const file of files) if (file !== info) await move(file);
    await checkMoved(
      options,
      files.filter((file) => file !== info),
    );
    for await (const url of staleFiles(options, files)) {
      await step(() => storage.remove(url, call));
      logger.debug("removed a file of an earlier generation", { url });
    }
    await move(info);
  }
  await checkMoved(options, files);
  await step(() => storage.removeTree(stagingUrl, call));
  logger.debug("published", { output: outputUrl, files: files.length });
}

/** What was moved before a crash is not in staging any more, so it must be in the output. */
async function checkMoved(
  { storage, stagingUrl, outputUrl, signal }: PublishOptions,
  files: readonly StagedFile[],
): Promise<void> {
  const call = signal === undefined ? {} : { signal };
  for (const { path, size } of files) {
    const url = joinUrl(outputUrl, path);
    const found = (await storage.exists(url, call)) ? await storage.stat(url, call) : undefined;
    if (found?.size !== size) throw incomplete(stagingUrl, path);
  }
}

async function* staleFiles(
  { storage, outputUrl, signal }: PublishOptions,
  files: readonly StagedFile[],
): AsyncIterable<string> {
  const call = signal === undefined ? {} : { signal };
  const wanted = new Set(files.map(({ path }) => joinUrl(outputUrl, path)));
  for (const directory of DATASET_DIRECTORIES) {
    for await (const { url } of storage.list(joinUrl(outputUrl, `${directory}/`), call)) {
      if (!wanted.has(url)) yield url;
    }
  }
}

function lost(outputUrl: string): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
    `${outputUrl}: another process publishes this dataset now`,
    { permanence: "transient" },
  );
}

function incomplete(stagingUrl: string, path: string): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_INVALID",
    `${stagingUrl}: ${path} is neither there nor published; the dataset must be assembled again`,
    { permanence: "transient" },
  );
}
