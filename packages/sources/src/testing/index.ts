export { ros2msgDefinition, type KnownType } from "./definitions.js";
export { inMemory, type InMemoryFile } from "./in-memory.js";
export {
  recordingBytes,
  writeRecording,
  type RecordedMessage,
  type RecordedTopic,
  type RecordingContent,
  type RecordingLayout,
} from "./write-recording.js";
