import { describe, expect, it } from "vitest";
import { configError, withMapping } from "../../test/support/config-error.js";
import { LerobotConfig } from "./lerobot-config.js";

const STATE = 'feature = "observation.state"';
const CAMERA = 'feature = "observation.images.top"\nmapping_type = "image"';

function mappingOf(...lines: string[]): LerobotConfig["mappings"][number] | undefined {
  return LerobotConfig.fromToml(withMapping(...lines)).mappings[0];
}

describe("defaults", () => {
  it("is a state that must be there, held, without a limit of age", () => {
    expect(mappingOf(STATE)).toEqual({
      topic: "/joint_states",
      feature: "observation.state",
      mapping_type: "state",
      sync: "hold",
      on_gap: "fail",
      optional: false,
    });
  });

  it("leaves a camera's limit of age to the frame rate", () => {
    expect(mappingOf(CAMERA)).toEqual({
      topic: "/joint_states",
      feature: "observation.images.top",
      mapping_type: "image",
      sync: "hold",
      on_gap: "fail",
      optional: false,
    });
  });
});

describe("every key", () => {
  it("of numbers is kept as written", () => {
    const lines = [
      'feature = "action"',
      'mapping_type = "action"',
      'field = "pose.position.x"',
      'names = ["b", "a"]',
      'sync = "linear"',
      "max_age_ms = 12.5",
      'on_gap = "repeat"',
      "optional = true",
      "fill = [0, 1.5]",
    ];
    expect(mappingOf(...lines)).toEqual({
      topic: "/joint_states",
      feature: "action",
      mapping_type: "action",
      field: "pose.position.x",
      names: ["b", "a"],
      sync: "linear",
      max_age_ms: 12.5,
      on_gap: "repeat",
      optional: true,
      fill: [0, 1.5],
    });
  });

  it.each(["[255, 0, 128]", '"black"'])(
    "of a camera is kept as written, filled with %s",
    (fill) => {
      const lines = [CAMERA, 'camera_key = "top"', 'sync = "nearest"', "optional = true"];
      expect(mappingOf(...lines, `fill = ${fill}`)).toMatchObject({
        camera_key: "top",
        sync: "nearest",
        fill: JSON.parse(fill),
      });
    },
  );

  it("of a time is kept as written", () => {
    const lines = ['feature = "stamp"', 'mapping_type = "timestamp"', 'field = "header.stamp"'];
    expect(mappingOf(...lines, "optional = true", "fill = -1")).toMatchObject({
      mapping_type: "timestamp",
      field: "header.stamp",
      fill: -1,
    });
  });
});

describe("feature names that LeRobot can't hold", () => {
  it.each([
    [
      "observation/state",
      "LeRobot feature names can't contain `/`; separate the parts with dots, as in `observation.state`",
    ],
    ["timestamp", "`timestamp` is reserved: LeRobot writes it itself"],
    ["task", "`task` is reserved: LeRobot writes it itself"],
    [
      "action_is_pad",
      "names that end in `_is_pad` are reserved: LeRobot's reader adds them to each item",
    ],
    [
      "observation.image_features",
      'LeRobot takes a feature with `image` in its name for a camera; rename it, or set mapping_type = "image"',
    ],
    ["", 'must not be empty, found ""'],
    ["..", 'must be parts of letters, digits, `_` and `-` joined by dots, found ".."'],
    ["a b", 'must be parts of letters, digits, `_` and `-` joined by dots, found "a b"'],
    [".hidden", 'must be parts of letters, digits, `_` and `-` joined by dots, found ".hidden"'],
    ["état", 'must be parts of letters, digits, `_` and `-` joined by dots, found "état"'],
  ])("%j", (name, problem) => {
    expect(configError(withMapping(`feature = ${JSON.stringify(name)}`))).toContain(
      `line 7: mappings[0].feature: ${problem}`,
    );
  });

  it.each(["frame_index", "episode_index", "index", "task_index"])("%s", (name) => {
    expect(configError(withMapping(`feature = "${name}"`))).toContain("is reserved");
  });

  it("and the names that it gives a meaning to are accepted", () => {
    expect(configError(withMapping('feature = "next.reward"'))).toBe("");
    expect(configError(withMapping('feature = "observation.image"\nmapping_type = "image"'))).toBe(
      "",
    );
  });
});

it("lists every problem with the line, what is allowed and what stands there", () => {
  const lines = [
    'feature = "observation.images.top"',
    'mapping_type = "image"',
    'camera_key = "left"',
    'sync = "linear"',
    "max_age_ms = 0",
    'on_gap = "repeet"',
    "optional = 1",
    "fill = [0, 0, 256]",
    'names = ["a"]',
    "max_age = 5",
  ];
  expect(configError(withMapping(...lines))).toMatchInlineSnapshot(`
    "8 problems:
      line 9: mappings[0].camera_key: must equal the last part of \`feature\`, as in \`observation.images.left\`
      line 10: mappings[0].sync: must be "hold" or "nearest", found "linear"
      line 11: mappings[0].max_age_ms: must be above 0, found 0
      line 12: mappings[0].on_gap: must be "fail" or "repeat", found "repeet"; did you mean "repeat"?
      line 13: mappings[0].optional: must be true or false, found 1
      line 14: mappings[0].fill[2]: must be at most 255, found 256
      line 15: mappings[0].names: is only for mapping_type = "state", "action" or "other"
      line 16: mappings[0].max_age: is not a known key; known here: \`topic\`, \`feature\`, \`max_age_ms\`, \`on_gap\`, \`optional\`, \`mapping_type\`, \`field\`, \`names\`, \`sync\`, \`fill\`, \`camera_key\`"
  `);
});

it.each([
  ["names twice", 'names = ["a", "b", "a"]'],
  ["no name", "names = []"],
  ["names that are no strings", "names = [1]"],
  ["no fill", "optional = true"],
  ["a fill that nothing uses", "fill = 0"],
  ["a fill of another type", 'optional = true\nfill = "black"'],
  ["an infinite fill", "optional = true\nfill = inf"],
  ["a path with empty parts", 'field = "pose..x"'],
  ["an unknown kind", 'mapping_type = "images"'],
  ["a kind that is no string", "mapping_type = 3"],
  ["a key of another kind", 'camera_key = "top"'],
])("refuses %s", (name, line) => {
  expect(`${name}\n${configError(withMapping(STATE, line))}`).toMatchSnapshot();
});

describe("mappings onto one feature", () => {
  const second = (first: string, ...lines: string[]): string =>
    configError(withMapping(first, "[[mappings]]", ...lines));

  it("are concatenated if topic or field differ", () => {
    expect(second(STATE, 'topic = "/gripper"', STATE)).toBe("");
    expect(second(STATE, 'topic = "/joint_states"', STATE, 'field = "velocity"')).toBe("");
  });

  it("must not repeat topic and field", () => {
    expect(second(STATE, 'topic = "/joint_states"', STATE)).toMatchInlineSnapshot(
      `"line 9: mappings[1].topic: mappings[0] writes the same topic and field onto this feature already"`,
    );
  });

  it("must be of one kind", () => {
    expect(second(STATE, 'topic = "/b"', STATE, 'mapping_type = "action"')).toMatchInlineSnapshot(
      `"line 11: mappings[1].mapping_type: differs from that of mappings[0], which writes the same feature; one feature holds one kind"`,
    );
  });

  it("must not be two cameras", () => {
    expect(second(CAMERA, 'topic = "/b"', CAMERA)).toMatchInlineSnapshot(
      `"line 11: mappings[1].feature: is written by mappings[0] already; each camera needs a feature of its own"`,
    );
  });

  it("are compared even where another key is wrong", () => {
    const lines = ['topic = "/joint_states"', STATE, "unknown = 1"];
    expect(second(STATE, ...lines)).toMatchInlineSnapshot(`
      "2 problems:
        line 9: mappings[1].topic: mappings[0] writes the same topic and field onto this feature already
        line 11: mappings[1].unknown: is not a known key; known here: \`topic\`, \`feature\`, \`max_age_ms\`, \`on_gap\`, \`optional\`, \`mapping_type\`, \`field\`, \`names\`, \`sync\`, \`fill\`, \`camera_key\`"
    `);
  });
});
