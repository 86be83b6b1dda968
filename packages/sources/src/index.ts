export { SourceError, type SourceErrorCode } from "./error.js";
export { inspectRecording, type TopicSummary } from "./inspect-recording.js";
export { openRecording } from "./open-recording.js";
export type {
  RawMessage,
  ReadOptions,
  Recording,
  RecordingWarning,
  TopicInfo,
} from "./recording.js";
export type { OpenOptions } from "./recording-format.js";
