import { beforeAll, describe, expect, it } from "vitest";
import { openRecording } from "../open-recording.js";
import type { RawMessage, Recording } from "../recording.js";
import {
  inMemory,
  recordingBytes,
  type RecordedMessage,
  type RecordedTopic,
} from "../testing/index.js";

const header = { stamp: { sec: -1, nanosec: 500_000_000 }, frame_id: "base" };
const joints = {
  header,
  name: ["a", "b"],
  position: [1, -2.5],
  velocity: [],
  effort: [0.5],
};

const TOPICS: readonly RecordedTopic[] = [
  { topic: "/joints", type: "sensor_msgs/msg/JointState" },
  { topic: "/image", type: "sensor_msgs/msg/CompressedImage" },
  { topic: "/text", type: "std_msgs/msg/String" },
  { topic: "/stamp", type: "std_msgs/msg/Header" },
  {
    topic: "/odd",
    type: "my/msg/Odd",
    definition: "int64 big\nuint64[] many\nbool[3] flags\nchar c",
  },
  { topic: "/empty", type: "std_msgs/msg/Empty", definition: "" },
  { topic: "/broken", type: "my/msg/Broken", definition: "this is no definition $$" },
  {
    topic: "/proto",
    type: "pkg.Msg",
    definition: "x",
    schemaEncoding: "protobuf",
    messageEncoding: "protobuf",
  },
  {
    topic: "/json",
    type: "",
    definition: "{}",
    schemaEncoding: "jsonschema",
    messageEncoding: "json",
  },
  { topic: "/idl", type: "pkg/msg/Msg", definition: "x", schemaEncoding: "ros2idl" },
];

let recording: Recording;
let messages: Map<string, RawMessage[]>;

beforeAll(async () => {
  const data = new Uint8Array();
  const recorded: RecordedMessage[] = [
    { topic: "/joints", logTime: 1n, value: joints },
    { topic: "/image", logTime: 2n, value: { header, format: "jpeg", data: [9, 8, 7] } },
    { topic: "/text", logTime: 3n, value: { data: "hello" } },
    { topic: "/text", logTime: 4n, value: { data: "neighbour" } },
    { topic: "/stamp", logTime: 5n, value: header },
    {
      topic: "/odd",
      logTime: 6n,
      value: { big: -(2n ** 60n), many: [1n, 2n ** 64n - 1n], flags: [true, false, true], c: 65 },
    },
    { topic: "/empty", logTime: 7n, value: {} },
    ...["/broken", "/proto", "/json", "/idl"].map((topic) => ({ topic, logTime: 8n, data })),
  ];
  const bytes = await recordingBytes({ topics: TOPICS, messages: recorded });
  recording = await openRecording(inMemory(bytes));
  messages = new Map();
  for await (const message of recording.messages()) {
    messages.set(message.topic, [...(messages.get(message.topic) ?? []), message]);
  }
});

function first(topic: string): RawMessage {
  const message = messages.get(topic)?.[0];
  if (message === undefined) throw new Error(`no message of ${topic}`);
  return message;
}

describe("decode", () => {
  it("gives plain objects, arrays and typed arrays", () => {
    expect(recording.decode(first("/joints"))).toEqual({
      header,
      name: ["a", "b"],
      position: Float64Array.of(1, -2.5),
      velocity: new Float64Array(),
      effort: Float64Array.of(0.5),
    });
    expect(recording.decode(first("/odd"))).toEqual({
      big: -(2n ** 60n),
      many: BigUint64Array.of(1n, 2n ** 64n - 1n),
      flags: [true, false, true],
      c: 65,
    });
    expect(recording.decode(first("/empty"))).toEqual({});
  });

  it("gives byte arrays as views into the message", () => {
    const message = first("/image");
    const { data } = recording.decode(message) as { data: Uint8Array };
    expect(data).toEqual(Uint8Array.of(9, 8, 7));
    expect(data.buffer).toBe(message.data.buffer);
  });

  it("reads strings as UTF-8", () => {
    // CDR_LE, 3 bytes with the terminator.
    const data = Uint8Array.of(0, 1, 0, 0, 3, 0, 0, 0, 0xce, 0xb2, 0);
    expect(recording.decode({ ...first("/text"), data })).toEqual({ data: "β" });
  });

  it("reads big-endian messages", () => {
    // CDR_BE, length 3, "hi" and its terminator.
    const data = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3, 0x68, 0x69, 0);
    expect(recording.decode({ ...first("/text"), data })).toEqual({ data: "hi" });
  });

  it.each([
    ["it ends too early", (data: Uint8Array) => data.subarray(0, -2)],
    ["it is not plain CDR", (data: Uint8Array) => data.subarray(0, 3)],
    ["it is not plain CDR", (data: Uint8Array) => Uint8Array.of(0, 0x0b, ...data.subarray(2))],
  ])("refuses a message, since %s", (reason, damage) => {
    const message = first("/text");
    expect(() => recording.decode({ ...message, data: damage(message.data) })).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_SOURCE_DECODE",
        permanence: "permanent",
        message: `memory://test.mcap: /text: the message at log time 3 is no std_msgs/msg/String: ${reason}`,
      }),
    );
  });

  it("refuses a length that goes beyond the message", () => {
    const message = first("/joints");
    const data = Uint8Array.from(message.data);
    // The number of names, after header: stamp and "base".
    new DataView(data.buffer).setUint32(4 + 8 + 4 + 8, 0xffff_fff0, true);
    expect(() => recording.decode({ ...message, data })).toThrow(
      expect.objectContaining({ code: "ERR_ROBOFLOW_SOURCE_DECODE" }),
    );
  });

  it("names a schema that can't be parsed", () => {
    expect(() => recording.decode(first("/broken"))).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_SOURCE_DECODE",
        message: "memory://test.mcap: /broken: the schema of my/msg/Broken can't be parsed",
      }),
    );
  });

  it.each([
    ["/proto", "messages encoded as protobuf are not supported yet"],
    ["/json", "messages encoded as json are not supported yet"],
    ["/idl", "schemas in ros2idl are not supported yet"],
  ])("says of %s what is not supported", (topic, unsupported) => {
    expect(recording.topics.get(topic)).toMatchObject({ unsupported });
    expect(() => recording.decode(first(topic))).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
        message: `memory://test.mcap: ${topic}: ${unsupported}`,
      }),
    );
  });
});

describe("headerStamp", () => {
  it("reads the stamp of types that begin with a header", () => {
    for (const topic of ["/joints", "/image", "/stamp"]) {
      expect(recording.headerStamp(first(topic))).toBe(-500_000_000n);
    }
  });

  it("is undefined for types without", () => {
    for (const topic of ["/text", "/odd", "/empty"]) {
      expect(recording.headerStamp(first(topic))).toBeUndefined();
    }
  });

  it("reads big-endian messages, and refuses what is too short", () => {
    const data = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 7);
    expect(recording.headerStamp({ ...first("/stamp"), data })).toBe(2_000_000_007n);
    const short = { ...first("/stamp"), data: data.subarray(0, 11) };
    expect(() => recording.headerStamp(short)).toThrow(
      expect.objectContaining({ code: "ERR_ROBOFLOW_SOURCE_DECODE" }),
    );
  });
});
