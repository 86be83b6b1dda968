import { writeFile } from "node:fs/promises";
import { writeRecording } from "@roboflow/sources/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messages } from "./support/messages.js";
import { Workspace } from "./support/workspace.js";

describe("converting a bad recording", () => {
  let workspace: Workspace;
  let outputs = 0;
  beforeAll(async () => {
    workspace = await Workspace.create();
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function convert(recording: string, config: string, ...more: string[]): Promise<string> {
    const output = `output-${outputs++}`;
    const args = ["convert", recording, "--config", config, "--output", output, ...more];
    return messages(await workspace.run(args), workspace);
  }

  async function convertFixture(name: string, extension = "mcap", ...more: string[]) {
    await workspace.addFixture(`${name}.${extension}`, `${name}.toml`);
    return convert(`${name}.${extension}`, `${name}.toml`, ...more);
  }

  async function writeConfig(...topics: string[]): Promise<string> {
    const mappings = topics.map(
      (topic, index) => `[[mappings]]\ntopic = "${topic}"\nfeature = "observation.f${index}"\n`,
    );
    const config = `[dataset]\nname = "robot"\nfps = 10\ntask = "wave"\n${mappings.join("")}`;
    await writeFile(workspace.path("robot.toml"), config);
    return "robot.toml";
  }

  it("lists every topic that is missing or empty, with near names", async () => {
    expect(await convertFixture("09_empty_and_missing_topic")).toMatchInlineSnapshot(`
      "warning: 09_empty_and_missing_topic.toml: dataset.env_type has no effect yet
      error: can't use 2 mapped topics:
        /joint_command has no messages
        /cam_high/image_raw/compressed is not in the recording; did you mean /cam_wrist/image_raw/compressed?
      hint: The recording has: /joint_states (sensor_msgs/msg/JointState, 200), /cam_wrist/image_raw/compressed (sensor_msgs/msg/CompressedImage, 60), /joint_command (std_msgs/msg/Float64MultiArray, 0).
      code: ERR_ROBOFLOW_DATASET_TOPIC
      exit 3"
    `);
  });

  it("names a joint that the messages don't have", async () => {
    await workspace.addFixture("12_episode_0.mcap");
    const config = await writeConfig("/joint_states");
    await writeFile(
      workspace.path(config),
      `[dataset]\nname = "robot"\nfps = 30\n[[mappings]]\ntopic = "/joint_states"\nfeature = "observation.state"\nnames = ["joint_1", "elbow"]\n`,
    );
    expect(await convert("12_episode_0.mcap", config)).toMatchInlineSnapshot(`
      "error: topic /joint_states (sensor_msgs/msg/JointState) at 1760000000.000633439 s: has no joint \`joint_1\`
      hint: Its joints: shoulder_pan, shoulder_lift, elbow, wrist_1, wrist_2, wrist_3, gripper.
      code: ERR_ROBOFLOW_DATASET_FIELD
      exit 3"
    `);
  });

  it("converts the intact part of a truncated one, and says so", async () => {
    expect(await convertFixture("05_truncated_no_summary")).toMatchInlineSnapshot(`
      "warning: 05_truncated_no_summary.toml: dataset.env_type has no effect yet
      warning: <dir>/05_truncated_no_summary.mcap: truncated at byte 1588394; the 525 messages before are used, 43807 bytes after are not
      warning: no task given: frames have the dataset's name "05_truncated_no_summary" as task; set dataset.task
      exit 0"
    `);
  });

  it("fails on a truncated one with --strict", async () => {
    expect(await convertFixture("05_truncated_no_summary", "mcap", "--strict"))
      .toMatchInlineSnapshot(`
      "warning: 05_truncated_no_summary.toml: dataset.env_type has no effect yet
      error: <dir>/05_truncated_no_summary.mcap: truncated at byte 1588394
      hint: Without strict (--strict), the intact part is used.
      code: ERR_ROBOFLOW_SOURCE_TRUNCATED
      exit 3"
    `);
  });

  it("fails on a wrong checksum, naming chunk and offset", async () => {
    expect(await convertFixture("06_corrupt_chunk_crc")).toMatchInlineSnapshot(`
      "warning: 06_corrupt_chunk_crc.toml: dataset.env_type has no effect yet
      error: <dir>/06_corrupt_chunk_crc.mcap: chunk 9 at byte 595173 is damaged: its checksum differs
      hint: With salvage (--salvage), what lies before the damage is used.
      code: ERR_ROBOFLOW_SOURCE_CORRUPT
      exit 3"
    `);
  });

  it("keeps what lies before a wrong checksum with --salvage", async () => {
    expect(await convertFixture("06_corrupt_chunk_crc", "mcap", "--salvage"))
      .toMatchInlineSnapshot(`
      "warning: 06_corrupt_chunk_crc.toml: dataset.env_type has no effect yet
      warning: <dir>/06_corrupt_chunk_crc.mcap: chunk 9 at byte 595173 is damaged: its checksum differs; the 213 messages before are used, 1736543 bytes from there on are not
      warning: no task given: frames have the dataset's name "06_corrupt_chunk_crc" as task; set dataset.task
      exit 0"
    `);
  });

  it("says what it is that is not supported yet: a ROS 1 bag", async () => {
    expect(await convertFixture("07_ros1_bz2", "bag")).toMatchInlineSnapshot(`
      "warning: 07_ros1_bz2.toml: dataset.env_type has no effect yet
      error: <dir>/07_ros1_bz2.bag: ROS 1 bag (#ROSBAG V2.0) is not supported yet
      hint: Supported: MCAP.
      code: ERR_ROBOFLOW_SOURCE_UNSUPPORTED
      exit 3"
    `);
  });

  it("says what it is that is not supported yet: ROS 1 messages in MCAP", async () => {
    expect(await convertFixture("11_ros1msg_in_mcap")).toMatchInlineSnapshot(`
      "warning: 11_ros1msg_in_mcap.toml: dataset.env_type has no effect yet
      error: <dir>/11_ros1msg_in_mcap.mcap: /joint_command: ros1msg (ROS 1) messages are not supported yet
      code: ERR_ROBOFLOW_SOURCE_UNSUPPORTED
      exit 3"
    `);
  });

  it("refuses what is no recording", async () => {
    await writeFile(workspace.path("notes.mcap"), "not a recording");
    expect(await convert("notes.mcap", await writeConfig("/a"))).toMatchInlineSnapshot(`
      "error: <dir>/notes.mcap: not a recording
      hint: Supported: MCAP.
      code: ERR_ROBOFLOW_SOURCE_UNKNOWN_FORMAT
      exit 3"
    `);
  });

  it("refuses an empty file", async () => {
    await writeFile(workspace.path("empty.mcap"), "");
    expect(await convert("empty.mcap", await writeConfig("/a"))).toMatchInlineSnapshot(`
      "error: <dir>/empty.mcap: the file is empty
      code: ERR_ROBOFLOW_SOURCE_EMPTY
      exit 3"
    `);
  });

  it("says which topics never overlap", async () => {
    const at = (topic: string, second: number) => ({
      topic,
      logTime: BigInt(second) * 1_000_000_000n,
      value: { data: second },
    });
    await writeRecording(workspace.path("apart.mcap"), {
      topics: ["/early", "/late"].map((topic) => ({ topic, type: "std_msgs/msg/Float64" })),
      messages: [at("/early", 0), at("/early", 1), at("/late", 5), at("/late", 6)],
    });
    expect(await convert("apart.mcap", await writeConfig("/early", "/late")))
      .toMatchInlineSnapshot(`
      "error: topics do not overlap in time: /early (0.000000000 s to 1.000000000 s) ends before /late (5.000000000 s to 6.000000000 s) begins
      hint: Mark one of them \`optional\`, or choose the other clock with \`time\` in [dataset] ("log" or "header").
      code: ERR_ROBOFLOW_DATASET_NO_OVERLAP
      exit 3"
    `);
  });

  it("refuses an output below a file", async () => {
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
    await writeFile(workspace.path("file"), "");
    const args = ["--config", "12_episode_0.toml", "--output", "file/dataset"];
    expect(messages(await workspace.run(["convert", "12_episode_0.mcap", ...args]), workspace))
      .toMatchInlineSnapshot(`
      "warning: 12_episode_0.toml: dataset.env_type has no effect yet
      error: file://<dir>/file/dataset/.roboflow/convert-<hash>: a directory in its path is a file
      code: ERR_ROBOFLOW_STORAGE_NOT_FOUND
      exit 5"
    `);
  });
});
