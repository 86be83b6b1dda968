import { silentLogger } from "@roboflow/core";
import { openRecording } from "@roboflow/sources";
import type { CallOptions } from "@roboflow/storage";
import { Annotation } from "../config/annotation.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { convertEpisode } from "../episode/convert-recording.js";
import type { EpisodeManifest } from "../episode/manifest.js";
import { takeOverEpisode } from "../episode/take-over.js";
import type { TopicReport } from "../episode/topic-report.js";
import { EpisodeFiles } from "../files/episode-files.js";
import { MadeFiles } from "../files/made-files.js";
import { CountedObject } from "./counted-object.js";
import { openWorkplace, type PipelineContext } from "./pipeline-context.js";
import { software } from "./software.js";
import { withStorageErrors } from "./with-storage-errors.js";

/** A recording and how to convert it, all by URL and content: nothing that only one machine has. */
export interface SourceConversion {
  readonly source: { readonly url: string; readonly size: number; readonly identity: string };
  readonly config: { readonly hash: string; readonly content: string };
  readonly annotation: { readonly hash: string; readonly content: string } | null;
  /** Language instruction; overrides the config's. */
  readonly task: string | null;
  /** Directory URL to leave the episode's artifacts in; nobody else writes there. */
  readonly artifactUrl: string;
  readonly options: { readonly strict: boolean; readonly salvage: boolean };
  /**
   * Artifact URLs of earlier attempts at the same conversion, the newest first. What they finished
   * is taken over; any of them may be incomplete, gone, or still written to.
   */
  readonly resumeFrom?: readonly string[];
  /** Frames from checkpoint to checkpoint, for tests; the same for all attempts. */
  readonly checkpointFrames?: number;
}

export interface SourceConversionResult {
  readonly frames: number;
  readonly episodes: number;
  readonly report: readonly TopicReport[];
  readonly warnings: readonly string[];
  /** Of `frames`, those whose pictures were taken over from an earlier attempt. */
  readonly resumedFrames: number;
  /** Bytes of recording read and of artifacts written. */
  readonly bytes: { readonly read: number; readonly written: number };
}

/**
 * Opens the recording, converts it and leaves `episode.json`, `data.parquet`, `videos/` and
 * `checkpoints/` under `artifactUrl`.
 *
 * @throws StorageError, SourceError, DatasetError as those packages document
 */
export async function convertSource(
  request: SourceConversion,
  context: PipelineContext = {},
): Promise<SourceConversionResult> {
  const { signal, logger = silentLogger } = context;
  const config = LerobotConfig.fromToml(request.config.content);
  const annotation =
    request.annotation === null ? undefined : Annotation.fromToml(request.annotation.content);
  const origin = {
    ...request.source,
    configHash: request.config.hash,
    annotationHash: request.annotation?.hash ?? null,
  };

  await using place = openWorkplace(context);
  const { storage, scratch } = place;
  const { artifactUrl: url } = request;
  const files = new EpisodeFiles(await MadeFiles.open({ storage, url, scratch, signal }));
  return await withStorageErrors(place.whereFor(url), async () => {
    const finished = await takeOverEpisode({
      files,
      from: request.resumeFrom ?? [],
      origin,
      software,
      signal,
      logger,
    });
    if (finished !== undefined) {
      const { length } = finished;
      context.onProgress?.({ framesDone: length, framesTotal: length });
      return resultOf(finished, length, { read: 0, written: files.bytes });
    }
    await using file = new CountedObject(await storage.open(request.source.url, callOf(signal)));
    await using recording = await openRecording(file, {
      ...request.options,
      logger,
      ...callOf(signal),
    });
    const { manifest, resumedFrames } = await convertEpisode(
      {
        recording,
        config,
        ...(annotation ? { annotation } : {}),
        ...(request.task === null ? {} : { task: request.task }),
        source: origin,
        software,
        resumeFrom: request.resumeFrom ?? [],
        ...(request.checkpointFrames ? { checkpointFrames: request.checkpointFrames } : {}),
        logger,
        ...callOf(signal),
        onProgress: (progress) => context.onProgress?.(progress),
      },
      files,
    );
    return resultOf(manifest, resumedFrames, { read: file.bytesRead, written: files.bytes });
  });
}

function resultOf(
  { length, topics, warnings }: EpisodeManifest,
  resumedFrames: number,
  bytes: SourceConversionResult["bytes"],
): SourceConversionResult {
  return { frames: length, episodes: 1, report: topics, warnings, resumedFrames, bytes };
}

function callOf(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { signal };
}
