import { joinUrl, StorageError, type CallOptions, type Storage } from "@roboflow/storage";
import { z } from "zod";
import { DatasetError } from "../error.js";

/** Whose dataset an output directory holds. */
export interface OutputOwner {
  /** Id of the store that the batch is in; the same by whatever URL it is reached. */
  readonly storeId?: string;
  /** URL of that store; tells stores apart where an id is not known. */
  readonly storeUrl: string;
  readonly batchId: string;
}

export const Marker = z.looseObject({
  version: z.literal(1),
  storeId: z.string().optional(),
  storeUrl: z.string(),
  batchId: z.string(),
  /** Of the latest publishing that began; grows with every republishing of the batch. 0: only reserved. */
  generation: z.int().nonnegative(),
  /** Fencing token of the leader that began it. */
  token: z.int().nonnegative().optional(),
});
export type Marker = z.infer<typeof Marker>;

/** A marker and the identity of the object that it was read from. */
export interface FoundMarker {
  readonly marker: Marker;
  readonly identity: string;
}

/** Directories of a dataset; nothing else in an output is touched. */
export const DATASET_DIRECTORIES = ["data", "meta", "videos"] as const;

export function markerUrl(outputUrl: string): string {
  return joinUrl(outputUrl, ".roboflow/dataset.json");
}

export function markerContent(marker: Marker): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(marker)}\n`);
}

/** Whether both name the same store. */
export function isSameStore(
  marker: Pick<Marker, "storeId" | "storeUrl">,
  owner: Pick<OutputOwner, "storeId" | "storeUrl">,
): boolean {
  if (marker.storeId !== undefined && owner.storeId !== undefined)
    return marker.storeId === owner.storeId;
  return marker.storeUrl === owner.storeUrl;
}

/**
 * The marker of an output that may be published to; undefined if it is free.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds what no batch wrote
 */
export async function readOccupant(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<FoundMarker | undefined> {
  const found = await readMarker(storage, outputUrl, options);
  if (found !== undefined) return found;
  await refuseFile(storage, outputUrl, options);
  await refuseForeignFiles(storage, outputUrl, options);
  return undefined;
}

/** The marker of an output; undefined if it has none. */
export async function readMarker(
  storage: Storage,
  outputUrl: string,
  options: CallOptions,
): Promise<FoundMarker | undefined> {
  const url = markerUrl(outputUrl);
  let content: Uint8Array;
  let identity: string;
  try {
    await using object = await storage.open(url, options);
    ({ identity } = object);
    content = await object.read(0, object.size);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    // Replaced while it was read: its next content tells.
    if (error.code === "ERR_ROBOFLOW_STORAGE_CHANGED")
      return readMarker(storage, outputUrl, options);
    if (error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND") return undefined;
    throw error;
  }
  try {
    return { marker: Marker.parse(JSON.parse(new TextDecoder().decode(content))), identity };
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
    if (error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND") return;
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

export function heldBy(outputUrl: string, marker: Marker): DatasetError {
  const { batchId, storeUrl, storeId, generation } = marker;
  const store = storeId === undefined ? storeUrl : `${storeUrl} (id ${storeId})`;
  return occupied(
    generation === 0
      ? `${outputUrl} is reserved for batch ${batchId} of the store ${store}`
      : `${outputUrl} holds the dataset of batch ${batchId} of the store ${store}`,
  );
}

function occupied(message: string, cause?: unknown): DatasetError {
  return new DatasetError("ERR_ROBOFLOW_DATASET_OUTPUT", message, {
    cause,
    hint: "Choose another output, or remove what is there.",
  });
}
