import type { TopicInfo } from "@roboflow/sources";
import { describe, expect, it } from "vitest";
import { LerobotConfig } from "../config/lerobot-config.js";
import { mappedTopics } from "./mapped-topics.js";

const JOINTS = "sensor_msgs/msg/JointState";
const JPEG = "sensor_msgs/msg/CompressedImage";

/** A recording's topics: type and number of messages. */
function recordingOf(topics: Record<string, readonly [string, number]>) {
  const infos = Object.entries(topics).map(([topic, [schemaName, messageCount]]): TopicInfo => {
    const time = messageCount === 0 ? undefined : 1n;
    const encoding = { schemaEncoding: "ros2msg", messageEncoding: "cdr" };
    return { topic, schemaName, ...encoding, messageCount, firstLogTime: time, lastLogTime: time };
  });
  return { topics: new Map(infos.map((info) => [info.topic, info])) };
}

function mappingsOf(...tables: readonly string[]): LerobotConfig["mappings"] {
  const mappings = tables.map((table) => `[[mappings]]\n${table}`).join("\n");
  return LerobotConfig.fromToml(`[dataset]\nname = "t"\nfps = 30\n${mappings}`).mappings;
}

const state = 'topic = "/joints"\nfeature = "observation.state"';
const camera = (topic: string) =>
  `topic = "${topic}"\nfeature = "observation.images.cam"\nmapping_type = "image"`;

describe("mappedTopics", () => {
  it("gives the topics that have messages", () => {
    const recording = recordingOf({ "/joints": [JOINTS, 5], "/cam": [JPEG, 2], "/tf": ["tf", 9] });
    const topics = mappedTopics(recording, mappingsOf(state, camera("/cam")));
    expect([...topics.keys()]).toEqual(["/joints", "/cam"]);
  });

  it("tells all missing and empty topics in one error, with near names", () => {
    const recording = recordingOf({ "/joints": [JOINTS, 0], "/cam_wrist": [JPEG, 2] });
    expect(() => mappedTopics(recording, mappingsOf(state, camera("/cam_wirst")))).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_TOPIC",
        permanence: "permanent",
        message: [
          "can't use 2 mapped topics:",
          "  /joints has no messages",
          "  /cam_wirst is not in the recording; did you mean /cam_wrist?",
        ].join("\n"),
        hint: `The recording has: /joints (${JOINTS}, 0), /cam_wrist (${JPEG}, 2).`,
      }),
    );
  });

  it("names a topic once, however many mappings want it", () => {
    const velocity = 'topic = "/joints"\nfeature = "velocity"\nfield = "velocity"';
    expect(() => mappedTopics(recordingOf({}), mappingsOf(state, velocity))).toThrow(
      expect.objectContaining({
        message: "can't use a mapped topic: /joints is not in the recording",
        hint: "The recording has: no topics.",
      }),
    );
  });

  it("lets optional topics be missing or empty", () => {
    const optional = `${state}\noptional = true\nfill = 0`;
    expect(mappedTopics(recordingOf({}), mappingsOf(optional)).size).toBe(0);
    expect(mappedTopics(recordingOf({ "/joints": [JOINTS, 0] }), mappingsOf(optional)).size).toBe(
      0,
    );
  });

  it("refuses types that can't give the feature", () => {
    const recording = recordingOf({ "/joints": [JPEG, 1], "/cam": [JOINTS, 1] });
    expect(() => mappedTopics(recording, mappingsOf(state, camera("/cam")))).toThrow(
      [
        `  /joints (${JPEG}) holds images, but feature observation.state has mapping_type "state", not "image"`,
        `  /cam (${JOINTS}) holds no images, but feature observation.images.cam has mapping_type "image"`,
      ].join("\n"),
    );
  });

  it("lists no more topics than a person reads", () => {
    const topics = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`/t${index}`, ["x", 1] as const]),
    );
    expect(() => mappedTopics(recordingOf(topics), mappingsOf(state))).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/\/t29 \(x, 1\) and 10 more\.$/) }),
    );
  });
});
