import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createStorage, type ReadableObject } from "@roboflow/storage";
import { describe, expect, it } from "vitest";
import { openRecording, type RawMessage, type Recording } from "../src/index.js";

const FOLDER = new URL("../../../fixtures/recordings/", import.meta.url);
const HEADERLESS = new Set(["std_msgs/msg/Float64MultiArray"]);

interface Expected {
  readonly topics: Readonly<Record<string, ExpectedTopic>>;
  readonly intact_prefix?: { readonly messages: Readonly<Record<string, number>> };
}

interface ExpectedTopic {
  readonly type: string;
  readonly messages: number;
  readonly first_log_ns: string | null;
  readonly last_log_ns: string | null;
  readonly first_stamp_ns: string | null;
  readonly last_stamp_ns: string | null;
}

/** Nanoseconds as text: as JSON numbers they would lose their last digits. */
async function expectedOf(name: string): Promise<Expected> {
  const text = await readFile(new URL(`${name}.expected.json`, FOLDER), "utf8");
  return JSON.parse(text.replaceAll(/"(\w+_ns)": (\d+)/g, '"$1": "$2"')) as Expected;
}

async function open(name: string): Promise<ReadableObject> {
  return createStorage().open(new URL(name, FOLDER).href);
}

async function collect(recording: Recording): Promise<Map<string, RawMessage[]>> {
  const byTopic = new Map<string, RawMessage[]>();
  let previous = 0n;
  for await (const message of recording.messages()) {
    expect(message.logTime).toBeGreaterThanOrEqual(previous);
    previous = message.logTime;
    const list = byTopic.get(message.topic) ?? [];
    list.push(message);
    byTopic.set(message.topic, list);
  }
  return byTopic;
}

function counts(byTopic: ReadonlyMap<string, readonly RawMessage[]>): Record<string, number> {
  return Object.fromEntries([...byTopic].map(([topic, list]) => [topic, list.length]));
}

const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".mcap"));
const intact = files.filter((name) => !/^(05|06|11)_/.test(name));

describe("intact recordings", () => {
  it.each(intact)("%s holds what was recorded", async (name) => {
    await using file = await open(name);
    const recording = await openRecording(file);
    const { topics } = await expectedOf(name.replace(".mcap", ""));
    const messages = await collect(recording);
    expect([...recording.topics.keys()].sort()).toEqual(Object.keys(topics).sort());
    for (const [topic, expected] of Object.entries(topics)) {
      const info = recording.topics.get(topic);
      const list = messages.get(topic) ?? [];
      expect(info).toMatchObject({ schemaName: expected.type, messageCount: expected.messages });
      expect(info?.firstLogTime?.toString() ?? null).toBe(expected.first_log_ns ?? null);
      expect(info?.lastLogTime?.toString() ?? null).toBe(expected.last_log_ns ?? null);
      expect(list).toHaveLength(expected.messages);
      for (const message of list) expect(recording.decode(message)).toBeTypeOf("object");
      if (HEADERLESS.has(expected.type)) {
        expect(new Set(list.map((message) => recording.headerStamp(message)))).toEqual(
          new Set(list.length === 0 ? [] : [undefined]),
        );
      } else if (expected.first_stamp_ns !== null && list.length > 0) {
        const stamps = list.flatMap((message) => recording.headerStamp(message) ?? []);
        expect(stamps[0]?.toString()).toBe(expected.first_stamp_ns);
        expect(stamps.at(-1)?.toString()).toBe(expected.last_stamp_ns);
      }
    }
  });
});

describe("a truncated recording", () => {
  const name = "05_truncated_no_summary.mcap";

  it("gives its intact part, with a warning that names file and offset", async () => {
    await using file = await open(name);
    const recording = await openRecording(file);
    const { intact_prefix } = await expectedOf("05_truncated_no_summary");
    expect(counts(await collect(recording))).toEqual(intact_prefix?.messages);
    expect(recording.warnings).toEqual([
      {
        code: "truncated",
        message: `${fileURLToPath(new URL(name, FOLDER))}: truncated at byte 1588394; the 525 messages before are used, 43807 bytes after are not`,
      },
    ]);
  });

  it("is an error when strict", async () => {
    await using file = await open(name);
    await expect(openRecording(file, { strict: true })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_TRUNCATED",
      permanence: "permanent",
      message: `${fileURLToPath(new URL(name, FOLDER))}: truncated at byte 1588394`,
    });
  });
});

describe("a recording with a damaged chunk", () => {
  const name = "06_corrupt_chunk_crc.mcap";
  const problem = `${fileURLToPath(new URL(name, FOLDER))}: chunk 9 at byte 595173 is damaged: its checksum differs`;

  it("fails when it comes to the chunk, naming it", async () => {
    await using file = await open(name);
    const recording = await openRecording(file);
    await expect(collect(recording)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_CORRUPT",
      permanence: "permanent",
      message: problem,
    });
  });

  it("gives what lies before the chunk with salvage, with a warning", async () => {
    await using file = await open(name);
    const recording = await openRecording(file, { salvage: true });
    const { intact_prefix } = await expectedOf("06_corrupt_chunk_crc");
    const messages = counts(await collect(recording));
    expect(messages).toEqual(intact_prefix?.messages);
    for (const [topic, count] of Object.entries(messages)) {
      expect(recording.topics.get(topic)?.messageCount).toBe(count);
    }
    expect(recording.warnings).toEqual([
      {
        code: "salvaged",
        message: `${problem}; the 213 messages before are used, 1736543 bytes from there on are not`,
      },
    ]);
  });
});

describe("ROS 1", () => {
  it.each(["07_ros1_bz2.bag", "08_ros1_lz4.bag"])("%s is named, and refused", async (name) => {
    await using file = await open(name);
    await expect(openRecording(file)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      message: `${fileURLToPath(new URL(name, FOLDER))}: ROS 1 bag (#ROSBAG V2.0) is not supported yet`,
      hint: "Supported: MCAP.",
    });
  });

  it("within MCAP is listed, but not decoded", async () => {
    const name = "11_ros1msg_in_mcap.mcap";
    await using file = await open(name);
    const recording = await openRecording(file);
    const unsupported = "ros1msg (ROS 1) messages are not supported yet";
    const messages = await collect(recording);
    expect(messages.size).toBe(3);
    for (const [topic, [first]] of messages) {
      expect(recording.topics.get(topic)).toMatchObject({ unsupported });
      if (first === undefined) throw new Error(`no message of ${topic}`);
      for (const read of [recording.decode, recording.headerStamp]) {
        expect(() => read.call(recording, first)).toThrow(
          expect.objectContaining({
            code: "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
            message: `${fileURLToPath(new URL(name, FOLDER))}: ${topic}: ${unsupported}`,
          }),
        );
      }
    }
  });
});
