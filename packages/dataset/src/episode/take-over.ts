import { isDeepStrictEqual } from "node:util";
import type { Logger } from "@roboflow/core";
import { joinUrl, StorageError, type CallOptions, type Storage } from "@roboflow/storage";
import type { z } from "zod";
import {
  Checkpoint,
  checkpointFile,
  segmentFile,
  type CameraSegment,
  type SegmentPlan,
} from "./checkpoint.js";
import { writeCheckpoint } from "./checkpoint-log.js";
import type { EpisodeFiles, StoredFile } from "../files/episode-files.js";
import { EPISODE_MANIFEST_FILE, EpisodeManifest, type EpisodeOrigin } from "./manifest.js";

export interface TakeOverOptions {
  readonly files: EpisodeFiles;
  /** Directories of earlier attempts at this episode, the newest first; they may be incomplete. */
  readonly from: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
}

/**
 * Takes over as many checkpoints as are whole, from the first on, each from whichever attempt has
 * it. An earlier attempt may still be writing, or being deleted: what is missing or differs from
 * what its checkpoint says is not taken, and never an error.
 *
 * @returns each camera's segments that are stored now
 */
export async function takeOverCheckpoints(
  options: TakeOverOptions & { readonly plan: SegmentPlan; readonly cameras: readonly string[] },
): Promise<ReadonlyMap<string, readonly CameraSegment[]>> {
  const { plan, cameras, logger } = options;
  const segments = new Map<string, CameraSegment[]>(cameras.map((feature) => [feature, []]));
  if (cameras.length === 0) return segments;
  for (let number = 0; (number + 1) * plan.checkpointFrames < plan.length; number++) {
    const taken = await takeOverOne(options, number);
    if (taken === undefined) break;
    for (const feature of cameras) {
      const segment = taken.cameras[feature];
      if (segment !== undefined) segments.get(feature)?.push(segment);
    }
    logger.debug("took over a checkpoint", {
      number,
      frames: (number + 1) * plan.checkpointFrames,
    });
  }
  return segments;
}

async function takeOverOne(
  options: TakeOverOptions & { readonly plan: SegmentPlan; readonly cameras: readonly string[] },
  number: number,
): Promise<Checkpoint | undefined> {
  const { files, plan, cameras } = options;
  for (const url of options.from) {
    const found = await readJson(
      files.storage,
      joinUrl(url, checkpointFile(number)),
      Checkpoint,
      options,
    );
    if (found === undefined || !isDeepStrictEqual(found.plan, plan)) continue;
    const named = Object.entries(found.cameras).map(([feature, { file }]) => [feature, file]);
    const wanted = cameras.map((feature) => [feature, segmentFile(feature, number)]);
    if (found.number !== number || !isDeepStrictEqual(named, wanted)) continue;
    if (!(await takeOverFiles(options, url, Object.values(found.cameras)))) continue;
    await writeCheckpoint(files, found);
    return found;
  }
  return undefined;
}

/**
 * Takes over a whole episode that an earlier attempt finished.
 * @returns its manifest, stored last
 */
export async function takeOverEpisode(
  options: TakeOverOptions & {
    readonly origin: EpisodeOrigin;
    readonly software: string;
  },
): Promise<EpisodeManifest | undefined> {
  const { files, origin, software, logger } = options;
  for (const url of options.from) {
    const manifest = await readJson(
      files.storage,
      joinUrl(url, EPISODE_MANIFEST_FILE),
      EpisodeManifest,
      options,
    );
    if (manifest === undefined) continue;
    if (manifest.software !== software || !isDeepStrictEqual(manifest.source, origin)) continue;
    const wanted = filesOf(manifest);
    if (wanted === undefined || !(await takeOverFiles(options, url, wanted))) continue;
    await files.putJson(EPISODE_MANIFEST_FILE, manifest);
    logger.debug("took over a finished episode", { from: url, frames: manifest.length });
    return manifest;
  }
  return undefined;
}

/** All files of an episode; undefined if it has not the sums of all. */
function filesOf(manifest: EpisodeManifest): StoredFile[] | undefined {
  const files: StoredFile[] = [];
  const { data, videos } = manifest;
  for (const { file, bytes, sha256 } of [
    data,
    ...Object.values(videos).flatMap(({ segments }) => segments),
  ]) {
    if (sha256 === null || bytes === null) return undefined;
    files.push({ file, bytes, sha256 });
  }
  return files;
}

async function takeOverFiles(
  { files, signal, logger }: TakeOverOptions,
  fromUrl: string,
  wanted: readonly StoredFile[],
): Promise<boolean> {
  for (const one of wanted) {
    try {
      if (await files.takeOver(fromUrl, one)) continue;
      logger.warn("a file of an earlier attempt differs from what it says", {
        from: fromUrl,
        file: one.file,
      });
      return false;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isGone(error)) throw error;
      return false;
    }
  }
  return true;
}

/** Undefined if it is not there, or not what this version reads. */
async function readJson<T extends z.ZodType>(
  storage: Storage,
  url: string,
  schema: T,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<z.output<T> | undefined> {
  const call: CallOptions = signal === undefined ? {} : { signal };
  let content: Uint8Array;
  try {
    content = await storage.readAll(url, call);
  } catch (error) {
    signal?.throwIfAborted();
    if (isGone(error)) return undefined;
    throw error;
  }
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(content))).data;
  } catch {
    return undefined;
  }
}

/** Deleted, or replaced while it was read. */
function isGone(error: unknown): boolean {
  return (
    error instanceof StorageError &&
    (error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND" || isChanged(error))
  );
}

const isChanged = ({ code }: { readonly code: string }): boolean =>
  code === "ERR_ROBOFLOW_STORAGE_CHANGED";
