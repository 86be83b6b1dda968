import type { CallOptions, Storage } from "@roboflow/storage";
import { DatasetError } from "../error.js";
import {
  heldBy,
  isSameStore,
  markerContent,
  markerUrl,
  readMarker,
  readOccupant,
  type FoundMarker,
  type Marker,
  type OutputOwner,
} from "./marker.js";

export type { OutputOwner } from "./marker.js";

/** A publishing: whose, of which generation, and by which leader. */
export type OutputClaim = OutputOwner & {
  /** Grows with every republishing of the batch; at least 1. */
  readonly generation: number;
  /** Fencing token of the leader, where there are leaders. */
  readonly token?: number;
};

/**
 * Checks that an output is free or this batch's own.
 * @returns the marker if the batch has reserved it or published here before
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds anything else
 */
export async function checkOutput(
  storage: Storage,
  outputUrl: string,
  owner: OutputOwner,
  options: CallOptions = {},
): Promise<Marker | undefined> {
  return (await readOwn(storage, outputUrl, owner, options))?.marker;
}

/**
 * The batch of this store whose dataset an output holds; for submitters, before they queue anything.
 * @param store the store's URL, and its id where it is known
 * @returns its id, undefined if the output is free or only reserved by this store
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds what no batch of this store wrote
 */
export async function findOutputBatch(
  storage: Storage,
  outputUrl: string,
  store: string | Pick<OutputOwner, "storeId" | "storeUrl">,
  options: CallOptions = {},
): Promise<string | undefined> {
  const owner = typeof store === "string" ? { storeUrl: store } : store;
  const found = await readOccupant(storage, outputUrl, options);
  if (found === undefined) return undefined;
  if (!isSameStore(found.marker, owner)) throw heldBy(outputUrl, found.marker);
  return isReservation(found.marker) ? undefined : found.marker.batchId;
}

/**
 * Takes an output for a batch that will be published later, so that a second fleet is refused when
 * it submits and not when it publishes. Exclusive between stores, also when two do so at once. Of a
 * store's own batches the store knows which one may publish, so the latest to ask has it; again is
 * no error.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if it holds or is reserved for anything else
 */
export async function reserveOutput(
  storage: Storage,
  outputUrl: string,
  owner: OutputOwner,
  options: CallOptions = {},
): Promise<void> {
  const url = markerUrl(outputUrl);
  const content = markerContent(markerOf({ ...owner, generation: 0 }));
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await readOwn(storage, outputUrl, owner, options);
    if (found === undefined) {
      if (await storage.putIfAbsent(url, content, options)) return;
      continue;
    }
    if (found.marker.batchId === owner.batchId) return;
    if (await storage.putIfUnchanged(url, content, found.identity, options)) return;
  }
  throw lost(outputUrl);
}

/**
 * Gives back what {@link reserveOutput} took, if the batch has not begun to publish; else, and where
 * the output is not this batch's, nothing.
 * @returns whether it was given back
 */
export async function releaseOutput(
  storage: Storage,
  outputUrl: string,
  owner: OutputOwner,
  options: CallOptions = {},
): Promise<boolean> {
  const found = await readMarker(storage, outputUrl, options);
  if (found === undefined || !isReservation(found.marker)) return false;
  if (!isOwn(found.marker, owner) || found.marker.batchId !== owner.batchId) return false;
  // Another batch of the store may be taking it over.
  return storage.removeIf(markerUrl(outputUrl), found.identity, options);
}

/**
 * Takes the output for this publishing: exclusively, also when two do so at once.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT`, or `_PUBLISH_LOST` if a later one began
 */
export async function claimOutput(
  storage: Storage,
  outputUrl: string,
  claim: OutputClaim,
  options: CallOptions = {},
): Promise<void> {
  const url = markerUrl(outputUrl);
  const content = markerContent(markerOf(claim));
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await readOwn(storage, outputUrl, claim, options);
    if (found === undefined) {
      if (await storage.putIfAbsent(url, content, options)) return;
      continue;
    }
    const order = compare(found.marker, claim);
    if (order > 0) throw overtaken(outputUrl, found.marker, claim);
    if (order === 0 && found.marker.storeId === claim.storeId) return;
    if (await storage.putIfUnchanged(url, content, found.identity, options)) return;
  }
  throw lost(outputUrl);
}

/**
 * Checks that nobody has taken the output from this publishing.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_PUBLISH_LOST`, `ERR_ROBOFLOW_DATASET_OUTPUT`
 */
export async function checkClaim(
  storage: Storage,
  outputUrl: string,
  claim: OutputClaim,
  options: CallOptions = {},
): Promise<void> {
  const found = await readOwn(storage, outputUrl, claim, options);
  if (found === undefined) throw lost(outputUrl);
  if (compare(found.marker, claim) !== 0) throw overtaken(outputUrl, found.marker, claim);
}

/** Whoever changes a marker has read it just before: more tries than others can interfere with. */
const MOST_TRIES = 20;

async function readOwn(
  storage: Storage,
  outputUrl: string,
  owner: OutputOwner,
  options: CallOptions,
): Promise<FoundMarker | undefined> {
  const found = await readOccupant(storage, outputUrl, options);
  if (found !== undefined && !isOwn(found.marker, owner)) throw heldBy(outputUrl, found.marker);
  return found;
}

/** What a store has only reserved is any of its batches': it lets one at a time name an output. */
function isOwn(marker: Marker, owner: OutputOwner): boolean {
  if (!isSameStore(marker, owner)) return false;
  return isReservation(marker) || marker.batchId === owner.batchId;
}

/** Whether nothing has begun to be published. */
function isReservation({ generation }: Marker): boolean {
  return generation === 0;
}

function markerOf({ storeId, storeUrl, batchId, generation, token }: OutputClaim): Marker {
  return {
    version: 1,
    ...(storeId === undefined ? {} : { storeId }),
    storeUrl,
    batchId,
    generation,
    ...(token === undefined ? {} : { token }),
  };
}

/** Above 0 if the marker's publishing began after the claim's, by generation and then by leader. */
function compare(
  marker: Pick<Marker, "generation" | "token">,
  claim: Pick<OutputClaim, "generation" | "token">,
): number {
  return marker.generation - claim.generation || (marker.token ?? 0) - (claim.token ?? 0);
}

function overtaken(outputUrl: string, marker: Marker, claim: OutputClaim): DatasetError {
  const name = (generation: number, token: number | undefined): string =>
    `generation ${generation}${token === undefined ? "" : ` by leader ${token}`}`;
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
    `${outputUrl}: ${name(marker.generation, marker.token)} is being published, ` +
      `not ${name(claim.generation, claim.token)}`,
    { permanence: "transient" },
  );
}

/** Another process publishes in this one's place. */
export function lost(outputUrl: string): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
    `${outputUrl}: another process publishes this dataset now`,
    { permanence: "transient" },
  );
}
