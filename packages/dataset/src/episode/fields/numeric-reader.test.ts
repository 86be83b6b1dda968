import { describe, expect, it } from "vitest";
import { TimeGrid } from "../../align/time-grid.js";
import { Sample } from "../sample.js";
import { createNumericReader } from "./numeric-reader.js";
import type { NumericSource } from "./numeric-source.js";

const grid = new TimeGrid(1_760_000_000_000_000_000n, 30, 100);

/** A message that decodes to `value`. */
function sampleOf(value: unknown): Sample {
  const logTime = grid.start + 5n;
  const raw = { topic: "/t", channelId: 1, sequence: 0, logTime, publishTime: logTime };
  return new Sample({ decode: () => value }, { ...raw, data: new Uint8Array() }, grid, "log");
}

function sourceOf(schemaName: string, changes: Partial<NumericSource> = {}): NumericSource {
  return { topic: "/t", schemaName, field: undefined, names: undefined, ...changes };
}

/** Names and, for each message, elements. */
function read(source: NumericSource, ...messages: unknown[]) {
  const samples = messages.map(sampleOf);
  const [first] = samples;
  if (first === undefined) throw new Error("needs a message");
  const reader = createNumericReader(source, first);
  const rows = samples.map((sample) => {
    const target = new Float64Array(reader.names.length);
    reader.read(sample, target);
    return [...target];
  });
  return { names: reader.names, rows };
}

const header = { stamp: { sec: 1, nanosec: 2 }, frame_id: "base" };
const xyz = { x: 1, y: 2, z: 3 };
const pose = { position: xyz, orientation: { x: 4, y: 5, z: 6, w: 7 } };
const twist = { linear: xyz, angular: { x: 4, y: 5, z: 6 } };
const joints = (name: string[], position: number[]) => ({
  header,
  name,
  position: Float64Array.from(position),
  velocity: new Float64Array(),
});
const JOINT_STATE = "sensor_msgs/msg/JointState";
const POSE_NAMES = ["position.x", "position.y", "position.z"].concat(
  ["x", "y", "z", "w"].map((axis) => `orientation.${axis}`),
);

describe("default field", () => {
  it.each([
    ["geometry_msgs/msg/Pose", pose, POSE_NAMES],
    ["geometry_msgs/msg/PoseStamped", { header, pose }, POSE_NAMES],
    ["geometry_msgs/PoseStamped", { header, pose }, POSE_NAMES],
    [
      "geometry_msgs/msg/PoseWithCovariance",
      { pose, covariance: new Float64Array(36) },
      POSE_NAMES,
    ],
    [
      "geometry_msgs/msg/Twist",
      twist,
      ["linear.x", "linear.y", "linear.z", "angular.x", "angular.y", "angular.z"],
    ],
    ["geometry_msgs/msg/Vector3Stamped", { header, vector: xyz }, ["x", "y", "z"]],
  ])("of %s is its numbers in order", (type, message, names) => {
    const { rows, names: found } = read(sourceOf(type), message);
    expect(found).toEqual(names);
    expect(rows).toEqual([names.map((_, index) => index + 1)]);
  });

  it.each([
    ["std_msgs/msg/Float64MultiArray", { layout: {}, data: Float64Array.of(7, 8) }, [7, 8]],
    ["std_msgs/msg/Int64", { data: 12n }, [12]],
    ["std_msgs/msg/Bool", { data: true }, [1]],
    ["std_msgs/msg/UInt8MultiArray", { layout: {}, data: Uint8Array.of(255) }, [255]],
  ])("of %s is data", (type, message, elements) => {
    expect(read(sourceOf(type), message).rows).toEqual([elements]);
  });

  it("asks for the field of a type that does not tell, naming what there is", () => {
    const message = { header, child_frame_id: "b", pose: { pose }, flags: [true] };
    expect(() => read(sourceOf("nav_msgs/msg/Odometry"), message)).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_FIELD",
        message:
          "topic /t (nav_msgs/msg/Odometry) at 1760000000.000000005 s: the type does not tell which of its fields to take",
        hint: expect.stringContaining("pose.pose.position.x, pose.pose.position.y"),
      }),
    );
  });
});

describe("field", () => {
  it.each([
    ["pose.position.x", ["x"], [1]],
    ["pose.position", ["x", "y", "z"], [1, 2, 3]],
    ["pose.orientation.w", ["w"], [7]],
  ])("%s reaches into the message", (field, names, row) => {
    const source = sourceOf("geometry_msgs/msg/PoseStamped", { field });
    expect(read(source, { header, pose })).toEqual({ names, rows: [row] });
  });

  it("that is absent is an error with near names", () => {
    const source = sourceOf("geometry_msgs/msg/PoseStamped", { field: "pose.positon.x" });
    expect(() => read(source, { header, pose })).toThrow(
      "has no field `pose.positon.x`; did you mean `pose.position.x`",
    );
  });

  it("that holds text is an error", () => {
    const source = sourceOf("geometry_msgs/msg/PoseStamped", { field: "header.frame_id" });
    expect(() => read(source, { header, pose })).toThrow(
      "`header.frame_id` holds text, not numbers",
    );
  });

  it("of an array whose length changes is an error with both lengths", () => {
    const message = (length: number) => ({ data: new Float64Array(length) });
    expect(() => read(sourceOf("std_msgs/msg/Float64MultiArray"), message(7), message(6))).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_SHAPE",
        message:
          "topic /t (std_msgs/msg/Float64MultiArray) at 1760000000.000000005 s: `data` has 6 values, the first message had 7",
      }),
    );
  });

  it("that is empty in the first message is an error", () => {
    const source = sourceOf(JOINT_STATE, { field: "effort" });
    expect(() => read(source, { header, name: [], position: [], effort: [] })).toThrow(
      "`effort` is empty in the first message",
    );
  });
});

describe("joints", () => {
  it("keep the first message's order, whatever order later ones have", () => {
    const { names, rows } = read(
      sourceOf(JOINT_STATE),
      joints(["a", "b", "c"], [1, 2, 3]),
      joints(["c", "a", "b"], [3, 1, 2]),
      joints(["a", "b", "c"], [1, 2, 3]),
    );
    expect(names).toEqual(["a", "b", "c"]);
    expect(rows).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it("are taken by name in the mapping's order, and others may come and go", () => {
    const source = sourceOf(JOINT_STATE, { names: ["c", "a"] });
    const messages = [joints(["a", "b", "c"], [1, 2, 3]), joints(["c", "a"], [30, 10])];
    expect(read(source, ...messages)).toEqual({
      names: ["c", "a"],
      rows: [
        [3, 1],
        [30, 10],
      ],
    });
  });

  it("that are absent are an error naming joint and near ones", () => {
    const source = sourceOf(JOINT_STATE, { names: ["gripper_lef"] });
    expect(() => read(source, joints(["gripper_left", "wrist"], [1, 2]))).toThrow(
      expect.objectContaining({
        message:
          "topic /t (sensor_msgs/msg/JointState) at 1760000000.000000005 s: has no joint `gripper_lef`; did you mean `gripper_left`?",
        hint: "Its joints: gripper_left, wrist.",
      }),
    );
  });

  it("whose number changes are an error with both counts", () => {
    const messages = [joints(["a", "b", "c"], [1, 2, 3]), joints(["a", "b"], [1, 2])];
    expect(() => read(sourceOf(JOINT_STATE), ...messages)).toThrow(
      "has 2 joints, the first message had 3",
    );
  });

  it("without a value each are an error", () => {
    const source = sourceOf(JOINT_STATE, { field: "velocity" });
    expect(() => read(source, joints(["a"], [1]))).toThrow("`velocity` has 0 values for 1 joints");
  });

  it("that the message does not name are taken by position", () => {
    const { names, rows } = read(sourceOf(JOINT_STATE), joints([], [4, 5]));
    expect(names).toEqual(["position_0", "position_1"]);
    expect(rows).toEqual([[4, 5]]);
  });

  it("can't be taken by name where the message has none", () => {
    const source = sourceOf(JOINT_STATE, { names: ["a", "b"] });
    expect(() => read(source, joints([], [4, 5]))).toThrow("has no joint `a`");
  });
});

describe("names", () => {
  it("label a list that has none of its own", () => {
    const source = sourceOf("std_msgs/msg/Float64MultiArray", { names: ["left", "right"] });
    expect(read(source, { data: [1, 2] }).names).toEqual(["left", "right"]);
    expect(() => read(source, { data: [1, 2, 3] })).toThrow(
      "`data` has 3 values, but the mapping's `names` lists 2",
    );
  });

  it("select parts of a structure", () => {
    const source = sourceOf("geometry_msgs/msg/Twist", { names: ["angular.z", "linear.x"] });
    expect(read(source, twist)).toEqual({ names: ["angular.z", "linear.x"], rows: [[6, 1]] });
    const wrong = sourceOf("geometry_msgs/msg/Twist", { names: ["linear.w", "linear.x"] });
    expect(() => read(wrong, twist)).toThrow("has no element `linear.w`; did you mean");
  });

  it("may call a single number what they like", () => {
    const source = sourceOf("std_msgs/msg/Float64", { names: ["gripper"] });
    expect(read(source, { data: 0.5 })).toEqual({ names: ["gripper"], rows: [[0.5]] });
  });
});
