import { silentLogger, type Logger } from "@roboflow/core";
import { openRecording } from "@roboflow/sources";
import { createStorage } from "@roboflow/storage";
import { Annotation } from "../config/annotation.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { convertRecording } from "../episode/convert-recording.js";
import type { TopicReport } from "../episode/topic-report.js";
import { makeDirectory } from "./make-directory.js";
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
}

export interface PipelineContext {
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  onProgress?(progress: { framesDone: number; framesTotal: number | undefined }): void;
}

export interface SourceConversionResult {
  readonly frames: number;
  readonly episodes: number;
  readonly report: readonly TopicReport[];
  readonly warnings: readonly string[];
}

/**
 * Opens the recording, converts it and leaves `episode.json`, `data.parquet` and `videos/` under
 * `artifactUrl`.
 *
 * @throws StorageError, SourceError, DatasetError as those packages document
 */
export async function convertSource(
  request: SourceConversion,
  context: PipelineContext = {},
): Promise<SourceConversionResult> {
  const { signal, logger = silentLogger, onProgress } = context;
  const config = LerobotConfig.fromToml(request.config.content);
  const annotation =
    request.annotation === null ? undefined : Annotation.fromToml(request.annotation.content);
  const directory = await makeDirectory(request.artifactUrl);

  await using storage = createStorage({ logger });
  await using file = await storage.open(request.source.url, signal ? { signal } : {});
  await using recording = await openRecording(file, {
    ...request.options,
    logger,
    ...(signal ? { signal } : {}),
  });
  const manifest = await withStorageErrors(request.artifactUrl, () =>
    convertRecording({
      recording,
      config,
      ...(annotation ? { annotation } : {}),
      ...(request.task === null ? {} : { task: request.task }),
      directory,
      source: {
        url: request.source.url,
        size: request.source.size,
        identity: request.source.identity,
        configHash: request.config.hash,
        annotationHash: request.annotation?.hash ?? null,
      },
      software,
      logger,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    }),
  );
  return {
    frames: manifest.length,
    episodes: 1,
    report: manifest.topics,
    warnings: manifest.warnings,
  };
}
