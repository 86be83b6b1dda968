export { SourceError, type SourceErrorCode } from "./error.js";
export type {
  RawMessage,
  ReadOptions,
  Recording,
  RecordingWarning,
  TopicInfo,
} from "./recording.js";
