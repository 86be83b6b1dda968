import { open } from "node:fs/promises";
import { parse } from "@foxglove/rosmsg";
import { MessageWriter } from "@foxglove/rosmsg2-serialization";
import { McapWriter, TempBuffer, type IWritable, type McapWriterOptions } from "@mcap/core";
import { isKnownType, ros2msgDefinition } from "./definitions.js";
import { storeAsLz4 } from "./stored-lz4.js";

export interface RecordedTopic {
  readonly topic: string;
  /** e.g. `sensor_msgs/msg/JointState`. */
  readonly type: string;
  /** The schema's text; needed for types other than the built-in `KnownType`s. */
  readonly definition?: string;
  /** Default `ros2msg`. */
  readonly schemaEncoding?: string;
  /** Default `cdr`. */
  readonly messageEncoding?: string;
}

/** Either `value`, which is encoded by the topic's schema, or the encoded `data`. */
export type RecordedMessage = {
  readonly topic: string;
  /** Nanoseconds. */
  readonly logTime: bigint;
  /** Default `logTime`. */
  readonly publishTime?: bigint;
  /** Default: counted within the topic from 0. */
  readonly sequence?: number;
} & ({ readonly value: unknown } | { readonly data: Uint8Array });

/** What is written; messages in the order in which they are to lie in the file. */
export interface RecordingContent {
  readonly topics: readonly RecordedTopic[];
  readonly messages: Iterable<RecordedMessage> | AsyncIterable<RecordedMessage>;
  /** Default `ros2`. */
  readonly profile?: string;
  readonly metadata?: readonly string[];
  readonly attachments?: readonly string[];
}

export interface RecordingLayout {
  /** Default `none`; `lz4` stores without compressing. */
  readonly compression?: "none" | "zstd" | "lz4";
  /** Uncompressed bytes after which a chunk ends; default 1 MiB. */
  readonly chunkSize?: number;
  /** `full` (default); `no-summary`: neither schemas, channels, statistics nor indexes at the end. */
  readonly index?: "full" | "no-summary" | "no-message-index" | "no-statistics";
  /** Default true. */
  readonly chunks?: boolean;
}

/** An MCAP file in memory. */
export async function recordingBytes(
  content: RecordingContent,
  layout: RecordingLayout = {},
): Promise<Uint8Array> {
  const buffer = new TempBuffer();
  await write(buffer, content, layout);
  return buffer.get();
}

/** An MCAP file on disk, written as the messages come; for large ones. */
export async function writeRecording(
  path: string,
  content: RecordingContent,
  layout: RecordingLayout = {},
): Promise<void> {
  const file = await open(path, "w");
  try {
    let position = 0n;
    await write(
      {
        position: () => position,
        async write(bytes) {
          await file.writeFile(bytes);
          position += BigInt(bytes.length);
        },
      },
      content,
      layout,
    );
  } finally {
    await file.close();
  }
}

async function write(
  writable: IWritable,
  content: RecordingContent,
  layout: RecordingLayout,
): Promise<void> {
  const writer = new McapWriter({ writable, ...(await writerOptions(layout)) });
  await writer.start({ profile: content.profile ?? "ros2", library: "roboflow test" });
  const channels = new Map<string, Channel>();
  for (const topic of content.topics) channels.set(topic.topic, await register(writer, topic));
  for await (const message of content.messages) {
    const channel = channels.get(message.topic);
    if (channel === undefined) throw new Error(`no topic ${message.topic}`);
    await writer.addMessage({
      channelId: channel.id,
      sequence: message.sequence ?? channel.count,
      logTime: message.logTime,
      publishTime: message.publishTime ?? message.logTime,
      data: "data" in message ? message.data : channel.encode(message.value),
    });
    channel.count += 1;
  }
  for (const name of content.metadata ?? []) {
    await writer.addMetadata({ name, metadata: new Map([["key", "value"]]) });
  }
  for (const name of content.attachments ?? []) {
    const data = new TextEncoder().encode(`content of ${name}`);
    await writer.addAttachment({
      name,
      data,
      logTime: 0n,
      createTime: 0n,
      mediaType: "text/plain",
    });
  }
  await writer.end();
}

interface Channel {
  readonly id: number;
  readonly encode: (value: unknown) => Uint8Array;
  count: number;
}

async function register(writer: McapWriter, topic: RecordedTopic): Promise<Channel> {
  const { type, schemaEncoding = "ros2msg", messageEncoding = "cdr" } = topic;
  const definition = topic.definition ?? (isKnownType(type) ? ros2msgDefinition(type) : undefined);
  if (definition === undefined) throw new Error(`no definition of ${type}`);
  const data = new TextEncoder().encode(definition);
  const schemaId = await writer.registerSchema({ name: type, encoding: schemaEncoding, data });
  const metadata = new Map<string, string>();
  const channel = { topic: topic.topic, messageEncoding, schemaId, metadata };
  const id = await writer.registerChannel(channel);
  let encoder: MessageWriter | undefined;
  const encode = (value: unknown): Uint8Array => {
    encoder ??= new MessageWriter(parse(definition, { ros2: true }));
    return encoder.writeMessage(value);
  };
  return { id, encode, count: 0 };
}

async function writerOptions(
  layout: RecordingLayout,
): Promise<Omit<McapWriterOptions, "writable">> {
  const { index = "full", compression = "none", chunks = true, chunkSize = 1024 * 1024 } = layout;
  const summary = index !== "no-summary";
  const zstd = compression === "zstd" ? await import("@foxglove/wasm-zstd") : undefined;
  await zstd?.isLoaded;
  return {
    useChunks: chunks,
    chunkSize,
    useMessageIndex: index !== "no-message-index",
    useStatistics: summary && index !== "no-statistics",
    useSummaryOffsets: summary,
    repeatSchemas: summary,
    repeatChannels: summary,
    useChunkIndex: summary,
    useMetadataIndex: summary,
    useAttachmentIndex: summary,
    ...(zstd && {
      compressChunk: (bytes) => ({ compression, compressedData: zstd.compress(bytes) }),
    }),
    ...(compression === "lz4" && {
      compressChunk: (bytes) => ({ compression, compressedData: storeAsLz4(bytes) }),
    }),
  };
}
