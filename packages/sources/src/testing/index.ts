export { ros2msgDefinition, type KnownType } from "./definitions.js";
export {
  recordingBytes,
  writeRecording,
  type RecordedMessage,
  type RecordedTopic,
  type RecordingContent,
  type RecordingLayout,
} from "./write-recording.js";
