import type { ReadableObject } from "@roboflow/storage";
import { SourceError } from "./error.js";
import { nameOf, unsupported } from "./failure.js";
import { mcapFormat } from "./mcap/mcap-format.js";
import type { Recording } from "./recording.js";
import type { OpenOptions, RecordingFormat } from "./recording-format.js";

/** Bytes that formats are told by. */
const HEAD_BYTES = 64;

/** Formats that can be opened; a new one joins here. */
const RECORDING_FORMATS: readonly RecordingFormat[] = [mcapFormat];

/** Formats that are known, to say so. */
const UNSUPPORTED_FORMATS: readonly { name: string; magic: string }[] = [
  { name: "ROS 1 bag (#ROSBAG V2.0)", magic: "#ROSBAG V2.0" },
  { name: "ROS 1 bag (#ROSRECORD)", magic: "#ROSRECORD" },
  { name: "rosbag2 in SQLite (.db3)", magic: "SQLite format 3\0" },
  { name: "a file compressed as a whole with Zstandard", magic: "\x28\xb5\x2f\xfd" },
  { name: "a file compressed as a whole with gzip", magic: "\x1f\x8b\x08" },
];

/**
 * Opens a recording; its format is told by its first bytes, not by its name. The file stays open and
 * must outlive the recording; who opened it closes it.
 * @throws SourceError
 */
export async function openRecording(
  file: ReadableObject,
  options: OpenOptions = {},
): Promise<Recording> {
  options.signal?.throwIfAborted();
  if (file.size === 0) {
    throw new SourceError("ERR_ROBOFLOW_SOURCE_EMPTY", `${nameOf(file.url)}: the file is empty`);
  }
  const head = await file.read(0, HEAD_BYTES);
  const format = RECORDING_FORMATS.find((candidate) => candidate.matches(head));
  if (format !== undefined) return format.open(file, options);
  const hint = `Supported: ${RECORDING_FORMATS.map(({ name }) => name.toUpperCase()).join(", ")}.`;
  const start = Buffer.from(head).toString("latin1");
  const known = UNSUPPORTED_FORMATS.find(({ magic }) => start.startsWith(magic));
  throw known === undefined
    ? unsupported("ERR_ROBOFLOW_SOURCE_UNKNOWN_FORMAT", file.url, "not a recording", hint)
    : unsupported(
        "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
        file.url,
        `${known.name} is not supported yet`,
        hint,
      );
}
