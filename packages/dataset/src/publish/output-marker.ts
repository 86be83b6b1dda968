import { joinUrl, StorageError, type CallOptions, type Storage } from "@roboflow/storage";
import { z } from "zod";
import { DatasetError } from "../error.js";

/** Whose dataset an output directory holds. */
export interface OutputOwner {
  /** URL of the store that the batch is in. */
  readonly storeUrl: string;
  readonly batchId: string;
}

const Marker = z.looseObject({
  version: z.literal(1),
  storeUrl: z.string(),
  batchId: z.string(),
  /** Of the latest publishing that began; grows with every republishing of the batch. */
  generation: z.int().nonnegative(),
});
export type Marker = z.infer<typeof Marker>;

const MARKER_PATH = ".roboflow/dataset.json";

/** Directories of a dataset; nothing else in an output is touched. */
export const DATASET_DIRECTORIES = ["data", "meta", "videos"] as const;

/**
 * Checks that an output is free or this batch's own.
 * @returns the marker if the batch has published here before
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds anything else
 */
export async function checkOutput(
  storage: Storage,
  outputUrl: string,
  owner: OutputOwner,
  options: CallOptions = {},
): Promise<Marker | undefined> {
  const marker = await readOccupant(storage, outputUrl, options);
  if (marker === undefined) return undefined;
  if (marker.storeUrl !== owner.storeUrl || marker.batchId !== owner.batchId) {
    throw heldBy(outputUrl, marker);
  }
  return marker;
}

/**
 * The batch of this store whose dataset an output holds; for submitters, before they queue anything.
 * @returns its id, undefined if the output is free
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds what no batch of this store wrote
 */
export async function findOutputBatch(
  storage: Storage,
  outputUrl: string,
  storeUrl: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  const marker = await readOccupant(storage, outputUrl, options);
  if (marker !== undefined && marker.storeUrl !== storeUrl) throw heldBy(outputUrl, marker);
  return marker?.batchId;
}

/** The marker of an output that may be published to; undefined if it is free. */
async function readOccupant(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<Marker | undefined> {
  await refuseFile(storage, outputUrl, options);
  const marker = await readMarker(storage, outputUrl, options);
  if (marker === undefined) await refuseForeignFiles(storage, outputUrl, options);
  return marker;
}

/**
 * Takes the output for this publishing: exclusively, also when two do so at once.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT`, or `_PUBLISH_LOST` if a later generation began
 */
export async function claimOutput(
  storage: Storage,
  outputUrl: string,
  claim: OutputOwner & { readonly generation: number },
  options: CallOptions = {},
): Promise<void> {
  const { storeUrl, batchId, generation } = claim;
  const content: Marker = { version: 1, storeUrl, batchId, generation };
  const bytes = new TextEncoder().encode(`${JSON.stringify(content)}\n`);
  const url = joinUrl(outputUrl, MARKER_PATH);
  const before = await checkOutput(storage, outputUrl, claim, options);
  if (before === undefined && (await storage.putIfAbsent(url, bytes, options))) return;
  const marker = before ?? (await checkOutput(storage, outputUrl, claim, options));
  if (marker !== undefined && marker.generation > generation) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
      `${outputUrl}: generation ${marker.generation} is being published, not ${generation}`,
      { permanence: "transient" },
    );
  }
  if (marker?.generation !== generation) await storage.put(url, bytes, options);
}

async function readMarker(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<Marker | undefined> {
  const url = joinUrl(outputUrl, MARKER_PATH);
  let content: Uint8Array;
  try {
    content = await storage.readAll(url, options);
  } catch (error) {
    if (error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND") {
      return undefined;
    }
    throw error;
  }
  try {
    return Marker.parse(JSON.parse(new TextDecoder().decode(content)));
  } catch (cause) {
    throw occupied(`${url} is no marker that this version can read`, cause);
  }
}

async function refuseFile(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<void> {
  const bare = outputUrl.replace(/\/$/, "");
  try {
    await storage.stat(bare, options);
  } catch (error) {
    // Absent, or a directory, which has no stat.
    if (error instanceof StorageError) return;
    throw error;
  }
  throw occupied(`${outputUrl} is a file, not a directory`);
}

async function refuseForeignFiles(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<void> {
  for (const directory of DATASET_DIRECTORIES) {
    for await (const { url } of storage.list(joinUrl(outputUrl, `${directory}/`), options)) {
      throw occupied(`${outputUrl} holds files that no batch of roboflow wrote, e.g. ${url}`);
    }
  }
}

function heldBy(outputUrl: string, { batchId, storeUrl }: Marker): DatasetError {
  return occupied(`${outputUrl} holds the dataset of batch ${batchId} of the store ${storeUrl}`);
}

function occupied(message: string, cause?: unknown): DatasetError {
  return new DatasetError("ERR_ROBOFLOW_DATASET_OUTPUT", message, {
    cause,
    hint: "Choose another output, or remove what is there.",
  });
}
