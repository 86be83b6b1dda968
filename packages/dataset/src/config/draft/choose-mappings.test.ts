import { expect, it } from "vitest";
import { chooseMappings } from "./choose-mappings.js";
import type { DraftContent, DraftTopic } from "./draft-topic.js";

const IMAGE: DraftContent = { kind: "image", width: 640, height: 480 };
const JOINTS: DraftContent = { kind: "numbers", elements: ["a"], named: true };
const NUMBERS: DraftContent = { kind: "numbers", elements: ["linear.x"], named: false };

function topic(name: string, content: DraftContent, more: Partial<DraftTopic> = {}): DraftTopic {
  return { topic: name, schemaName: "x/Y", messageCount: 100, rateHz: 30, content, ...more };
}

function chosen(...topics: DraftTopic[]): string[] {
  return chooseMappings(topics).mappings.map(
    ({ topic: { topic: name }, feature }) => `${name} -> ${feature}`,
  );
}

function reasons(...topics: DraftTopic[]): string[] {
  return chooseMappings(topics).left.map(
    ({ topic: { topic: name }, reason }) => `${name}: ${reason}`,
  );
}

it.each([
  ["/cam_high/image_raw/compressed", "cam_high"],
  ["/camera/color/image_raw", "camera"],
  ["/robot1/wrist cam/image", "robot1_wrist_cam"],
  ["/image_raw", "camera"],
])("names the camera of %s %s", (name, key) => {
  expect(chosen(topic(name, IMAGE))).toEqual([`${name} -> observation.images.${key}`]);
});

it("gives every camera a name of its own, whatever the case", () => {
  expect(
    chosen(topic("/a/image", IMAGE), topic("/a/image_rect", IMAGE), topic("/A/image", IMAGE)),
  ).toEqual([
    "/a/image -> observation.images.a",
    "/a/image_rect -> observation.images.a_2",
    "/A/image -> observation.images.A_3",
  ]);
});

it("takes the compressed one of two topics with the same pictures", () => {
  const both = [topic("/cam/image_raw", IMAGE), topic("/cam/image_raw/compressed", IMAGE)];
  expect(chosen(...both)).toEqual(["/cam/image_raw/compressed -> observation.images.cam"]);
  expect(reasons(...both)).toEqual(["/cam/image_raw: the same pictures as its compressed topic"]);
});

it.each(["/joint_command", "/cmd_vel", "/left/leader/joint_states", "/arm/target_pose", "/action"])(
  "takes %s for the action",
  (name) => {
    expect(chosen(topic(name, JOINTS))).toEqual([`${name} -> action`]);
  },
);

it("joins several topics of one kind, and leaves other numbers where there are joints", () => {
  const topics = [
    topic("/left/joint_states", JOINTS),
    topic("/right/joint_states", JOINTS),
    topic("/odom_twist", NUMBERS),
    topic("/commander/status", NUMBERS),
  ];
  expect(chosen(...topics)).toEqual([
    "/left/joint_states -> observation.state",
    "/right/joint_states -> observation.state",
  ]);
  expect(reasons(...topics)).toEqual([
    "/odom_twist: add a mapping if it belongs to the state",
    "/commander/status: add a mapping if it belongs to the state",
  ]);
  expect(chosen(topic("/odom_twist", NUMBERS))).toEqual(["/odom_twist -> observation.state"]);
});

it("leaves topics that could not give every frame a message", () => {
  const topics = [
    topic("/empty", JOINTS, { messageCount: 0, rateHz: undefined }),
    topic("/once", JOINTS, { messageCount: 1, rateHz: undefined }),
    topic("/slow", JOINTS, { rateHz: 0.2 }),
    topic("/other", { kind: "none", reason: "no numbers" }),
    topic("/" + "x".repeat(1000), JOINTS),
    topic("", JOINTS),
  ];
  expect(chosen(...topics)).toEqual([]);
  expect(reasons(...topics)).toEqual([
    "/empty: has no messages",
    "/once: too few messages to give every frame one",
    "/slow: too few messages to give every frame one",
    "/other: no numbers",
    `/${"x".repeat(1000)}: its name is too long`,
    ": its name can't be written in TOML",
  ]);
});
