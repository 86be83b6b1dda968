export { DatasetError, type DatasetErrorCode } from "./error.js";
export { EpisodeManifest, FeatureSpec, VideoParameters } from "./episode/manifest.js";
export { TopicReport } from "./episode/topic-report.js";
export { FeatureStats } from "./stats/feature-stats.js";
