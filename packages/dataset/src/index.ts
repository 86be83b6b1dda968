export { draftConfig, type DraftOptions } from "./config/draft/draft-config.js";
export { draftTopics } from "./config/draft/draft-topics.js";
export { type DraftContent, type DraftTopic } from "./config/draft/draft-topic.js";
export { configJsonSchema } from "./config/json-schema.js";
export { Annotation, type AnnotatedRange } from "./config/annotation.js";
export { resolveTasks, type TaskRange, type TaskSources } from "./config/resolve-tasks.js";
export { LerobotConfig } from "./config/lerobot-config.js";
export { ConfigTables } from "./config/schema.js";
export { ImageMapping, Mapping, TimestampMapping, type NumericMapping } from "./config/mapping.js";
export { DatasetTable, FlushingTable, StreamingTable } from "./config/tables.js";
export { VideoSettings } from "./config/video-settings.js";
export { DatasetError, type DatasetErrorCode } from "./error.js";
export {
  EPISODE_MANIFEST_FILE,
  EpisodeManifest,
  EpisodeOrigin,
  FeatureSpec,
  VideoParameters,
} from "./episode/manifest.js";
export { TopicReport } from "./episode/topic-report.js";
export { FeatureStats } from "./stats/feature-stats.js";
export { columnStats, type NumericStats } from "./stats/column-stats.js";
export { type Column, type ColumnValues } from "./stats/column.js";
export {
  finalizeImageStats,
  finalizeNumericStats,
  type LerobotStats,
  type StatValue,
} from "./stats/finalize-stats.js";
export { mergeFeatureStats } from "./stats/merge-stats.js";
export { columnQuantiles, type Quantiles } from "./stats/quantiles.js";
export { sampledFrames } from "./stats/sampled-frames.js";
export type { NumericColumn, NumericDtype, NumericValues } from "./parquet/column.js";
export { readEpisodeTable, writeEpisodeTable } from "./parquet/episode-table.js";
export type { CameraVideo, CameraWriterOptions, ImageStats } from "./video/camera-options.js";
export { CameraWriter } from "./video/camera-writer.js";
export { concatVideos, type VideoPart } from "./video/concat-videos.js";
export { decodeVideo, hashFrames, type DecodedFrame } from "./video/decode-video.js";
export {
  detectImageFormat,
  parseRawEncoding,
  type ImageMessage,
  type ImageOrigin,
  type RawEncoding,
} from "./video/image-message.js";
export { checkFrames, probeVideo, type VideoProbe } from "./video/probe-video.js";
export { CHECKPOINT_FRAMES } from "./episode/checkpoint.js";
export {
  convertRecording,
  EPISODE_DATA_FILE,
  type ConvertRecordingOptions,
} from "./episode/convert-recording.js";
export {
  assembleDataset,
  type AssembleOptions,
  type EpisodeSource,
} from "./assemble/assemble-dataset.js";
export type { AssembledDataset } from "./assemble/assemble-episodes.js";
export { DatasetInfo, InfoFeature } from "./assemble/dataset-info.js";
export {
  checkOutput,
  findOutputBatch,
  releaseOutput,
  reserveOutput,
  type OutputClaim,
  type OutputOwner,
} from "./publish/output-marker.js";
export { publishDataset, type PublishOptions } from "./publish/publish-dataset.js";
export { assembleArtifacts, type ArtifactAssembly } from "./pipeline/assemble-artifacts.js";
export { sweepScratch } from "./files/scratch.js";
export type { PipelineContext } from "./pipeline/pipeline-context.js";
export {
  convertSource,
  type SourceConversion,
  type SourceConversionResult,
} from "./pipeline/convert-source.js";
export { publishArtifacts, type ArtifactPublication } from "./pipeline/publish-artifacts.js";
export { software } from "./pipeline/software.js";
export { datasetInfo, type DatasetSummary, type FileTotals } from "./verify/dataset-summary.js";
export type { Problem, ProblemCode } from "./verify/problem.js";
export type { ReadOptions } from "./verify/open-reader.js";
export { verifyDataset, type VerifyOptions } from "./verify/verify-dataset.js";
