import { describe, expect, it } from "vitest";
import { openRecording } from "./open-recording.js";
import { inMemory, recordingBytes } from "./testing/index.js";

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

describe("openRecording", () => {
  it.each([
    ["", "ERR_ROBOFLOW_SOURCE_EMPTY", "the file is empty"],
    ["hello", "ERR_ROBOFLOW_SOURCE_UNKNOWN_FORMAT", "not a recording"],
    [
      "#ROSBAG V2.0\n…",
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      "ROS 1 bag (#ROSBAG V2.0) is not supported yet",
    ],
    [
      "SQLite format 3\0…",
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      "rosbag2 in SQLite (.db3) is not supported yet",
    ],
    [
      "\x28\xb5\x2f\xfd…",
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      "a file compressed as a whole with Zstandard is not supported yet",
    ],
    [
      "\x1f\x8b\x08…",
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      "a file compressed as a whole with gzip is not supported yet",
    ],
    ["\x89MCAP1\r\n…", "ERR_ROBOFLOW_SOURCE_UNSUPPORTED", "this version of MCAP is not supported"],
  ])("refuses %j", async (content, code, problem) => {
    const file = inMemory(latin1(content), "file:///data/my%20run.mcap");
    await expect(openRecording(file)).rejects.toMatchObject({
      code,
      permanence: "permanent",
      message: `/data/my run.mcap: ${problem}`,
    });
  });

  it("takes no notice of the file's name", async () => {
    const bytes = await recordingBytes({ topics: [], messages: [] });
    const recording = await openRecording(inMemory(bytes, "s3://bucket/run.bag"));
    expect(recording).toMatchObject({ format: "mcap", url: "s3://bucket/run.bag", warnings: [] });
    expect(recording.topics.size).toBe(0);
  });

  it("opens a file that was cut within its first bytes", async () => {
    const recording = await openRecording(inMemory(latin1("\x89MCAP0")));
    expect(recording.warnings).toMatchObject([{ code: "truncated" }]);
  });

  it("stops before it begins when aborted", async () => {
    const file = inMemory(await recordingBytes({ topics: [], messages: [] }));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(openRecording(file, { signal })).rejects.toThrow("enough");
    expect(file.reads).toEqual([]);
  });
});
