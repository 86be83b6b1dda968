import type { RawMessage, Recording, TopicInfo } from "@roboflow/sources";

/** A message to be recorded: nanoseconds from the recording's start, and its fields. */
export interface GeneratedMessage {
  readonly time: number;
  readonly value: unknown;
}

export interface GeneratedTopic {
  /** e.g. `sensor_msgs/msg/JointState` */
  readonly type: string;
  readonly messages: readonly GeneratedMessage[];
}

export const RECORDING_START = 1_760_000_000_000_000_000n;

/** A recording of these messages. */
export async function generateRecording(
  topics: Readonly<Record<string, GeneratedTopic>>,
): Promise<Recording> {
  const infos = new Map<string, TopicInfo>();
  const all: { message: RawMessage; value: unknown }[] = [];
  for (const [topic, { type, messages }] of Object.entries(topics)) {
    const times = messages.map(({ time }) => RECORDING_START + BigInt(time));
    const sorted = times.toSorted((a, b) => (a < b ? -1 : 1));
    infos.set(topic, {
      topic,
      schemaName: type,
      schemaEncoding: "ros2msg",
      messageEncoding: "cdr",
      messageCount: messages.length,
      firstLogTime: sorted[0],
      lastLogTime: sorted.at(-1),
    });
    messages.forEach(({ value }, sequence) => {
      const logTime = times[sequence] ?? 0n;
      const data = new Uint8Array();
      all.push({
        message: { topic, channelId: infos.size, sequence, logTime, publishTime: logTime, data },
        value,
      });
    });
  }
  const inOrder = all.toSorted((a, b) => (a.message.logTime < b.message.logTime ? -1 : 1));
  const values = new Map(all.map(({ message, value }) => [message, value]));
  return {
    url: "memory:generated",
    format: "mcap",
    topics: infos,
    warnings: [],
    metadata: [],
    attachments: [],
    async *messages(options = {}) {
      const wanted = new Set(options.topics ?? infos.keys());
      for (const { message } of inOrder) {
        options.signal?.throwIfAborted();
        if (wanted.has(message.topic)) yield message;
      }
    },
    decode: (message) => values.get(message),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
