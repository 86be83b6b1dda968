import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatasetError } from "../../error.js";
import { LerobotConfig } from "../lerobot-config.js";
import { draftConfig } from "./draft-config.js";
import type { DraftContent, DraftTopic } from "./draft-topic.js";

function topic(name: string, content: DraftContent, rateHz = 30): DraftTopic {
  return {
    topic: name,
    schemaName: content.kind === "image" ? "sensor_msgs/msg/Image" : "sensor_msgs/msg/JointState",
    messageCount: 300,
    rateHz,
    content,
  };
}

const IMAGE: DraftContent = { kind: "image", width: 640, height: 480 };
const JOINTS: DraftContent = { kind: "numbers", elements: ["shoulder", "elbow"], named: true };

it("writes what a user can start from", () => {
  const topics = [
    topic("/joint_states", JOINTS, 250),
    topic("/joint_command", JOINTS, 50),
    topic("/cam_high/image_raw/compressed", IMAGE, 29.7),
    topic("/points", { kind: "none", reason: "Set `field`\nto one of a, b." }),
  ];
  expect(draftConfig(topics, { name: "run 1" })).toMatchInlineSnapshot(`
    "# What to make of the recording. Every key: see "Configuration" in the README of @roboflow/dataset.

    [dataset]
    name = "run 1"
    fps = 30
    # robot_type = "my_robot"
    # What the robot is told, for policies that take language; \`submit --task\` overrides it.
    # task = "pick up the cube"

    # sensor_msgs/msg/JointState, 300 messages, 250.0 Hz, 2 elements
    [[mappings]]
    topic = "/joint_states"
    feature = "observation.state"
    mapping_type = "state"
    # Take only some joints, or in another order:
    # names = [ "shoulder", "elbow" ]

    # sensor_msgs/msg/JointState, 300 messages, 50.0 Hz, 2 elements
    [[mappings]]
    topic = "/joint_command"
    feature = "action"
    mapping_type = "action"
    # Take only some joints, or in another order:
    # names = [ "shoulder", "elbow" ]

    # sensor_msgs/msg/Image, 300 messages, 29.7 Hz, 640x480
    [[mappings]]
    topic = "/cam_high/image_raw/compressed"
    feature = "observation.images.cam_high"
    mapping_type = "image"

    [video]
    codec = "libx264"
    # Lower is better and larger.
    crf = 20

    # Topics that are not mapped:
    #   /points: Set \`field\` to one of a, b.
    "
  `);
});

describe("frame rate", () => {
  it.each([
    [[29.7, 60], 30],
    [[14.2, 30], 15],
    [[32], 30],
    [[35], 35],
    [[5000], 1000],
  ])("of cameras at %j Hz is %i", (rates, fps) => {
    const topics = rates.map((rate, index) => topic(`/cam${index}`, IMAGE, rate));
    topics.push(topic("/joint_states", JOINTS, 10));
    expect(LerobotConfig.fromToml(draftConfig(topics)).dataset.fps).toBe(fps);
  });

  it("without cameras is the slowest topic's, at most 50", () => {
    const slow = [topic("/joint_states", JOINTS, 200), topic("/joint_command", JOINTS, 20)];
    expect(LerobotConfig.fromToml(draftConfig(slow)).dataset.fps).toBe(20);
    expect(LerobotConfig.fromToml(draftConfig(slow.slice(0, 1))).dataset.fps).toBe(50);
  });
});

it("takes a pixel format that can hold odd sides", () => {
  const odd = [topic("/cam", { kind: "image", width: 641, height: 480 })];
  expect(LerobotConfig.fromToml(draftConfig(odd)).video.pixel_format).toBe("yuv444p");
  expect(LerobotConfig.fromToml(draftConfig([topic("/cam", IMAGE)])).video.pixel_format).toBe(
    "yuv420p",
  );
});

it("shows how to map an action where nothing looks like one", () => {
  expect(draftConfig([topic("/joint_states", JOINTS)])).toContain('# feature = "action"');
});

it("replaces a name that a dataset can't have", () => {
  const name = LerobotConfig.fromToml(draftConfig([topic("/cam", IMAGE)], { name: "a/b" })).dataset
    .name;
  expect(name).toBe("my_dataset");
});

it("fails where nothing can be mapped, saying why", () => {
  const none = [
    topic("/points", { kind: "none", reason: "no numbers" }),
    { ...topic("/cam", IMAGE), messageCount: 0 },
  ];
  expect(() => draftConfig(none)).toThrow(
    expect.objectContaining({
      code: "ERR_ROBOFLOW_DATASET_TOPIC",
      message:
        "The recording has no topic that a draft could map:\n  /points: no numbers\n  /cam: has no messages",
    }),
  );
  expect(() => draftConfig([])).toThrow("it has none at all");
});

it("always writes a config that parses and maps only given topics", () => {
  const text = fc.string({ unit: "binary", maxLength: 30 });
  const name = fc.oneof(
    text,
    fc.stringMatching(/^(\/(cam|left|joint_states|cmd_vel|image_raw|compressed)){1,3}$/),
  );
  const content: fc.Arbitrary<DraftContent> = fc.oneof(
    fc.record({ kind: fc.constant("image" as const), width: fc.nat(4000), height: fc.nat(4000) }),
    fc.record({
      kind: fc.constant("numbers" as const),
      elements: fc.array(text, { minLength: 1, maxLength: 8 }),
      named: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("none" as const), reason: text }),
  );
  const rate = fc.oneof(fc.constant(undefined), fc.double({ min: 1e-3, max: 1e5, noNaN: true }));
  const topics = fc.uniqueArray(
    fc.record({ topic: name, schemaName: text, messageCount: fc.nat(1e6), rateHz: rate, content }),
    { selector: (entry) => entry.topic, maxLength: 150, size: "large" },
  );
  fc.assert(
    fc.property(topics, text, (list, dataset) => {
      let draft: string;
      try {
        draft = draftConfig(list, { name: dataset });
      } catch (error) {
        expect(error).toBeInstanceOf(DatasetError);
        return;
      }
      const config = LerobotConfig.fromToml(draft);
      expect(config.warnings).toEqual([]);
      const known = new Set(list.map((entry) => entry.topic));
      expect(config.mappings.filter((mapping) => !known.has(mapping.topic))).toEqual([]);
    }),
  );
});
