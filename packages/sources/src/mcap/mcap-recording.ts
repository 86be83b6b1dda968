import type { ReadableObject } from "@roboflow/storage";
import { closeNames } from "@roboflow/core";
import { SourceError } from "../error.js";
import { nameOf } from "../failure.js";
import type {
  RawMessage,
  ReadOptions,
  Recording,
  RecordingWarning,
  TopicInfo,
} from "../recording.js";
import {
  type ChannelDeclaration,
  MessageDecoder,
  unsupportedReason,
} from "../ros2/message-decoder.js";
import { collectTimes } from "./collect-times.js";
import type { McapIndex } from "./mcap-index.js";
import { orderedMessages } from "./ordered-messages.js";
import { addTally, type Tallies, totalOf } from "./tally.js";

const MAX_TIME = 2n ** 64n - 1n;

/** An MCAP file whose index is known, from the file or from a pass over it. */
export class McapRecording implements Recording {
  readonly url: string;
  readonly format = "mcap";
  readonly topics: ReadonlyMap<string, TopicInfo>;
  readonly warnings: readonly RecordingWarning[];
  readonly metadata: readonly string[];
  readonly attachments: readonly string[];
  readonly #file: ReadableObject;
  readonly #index: McapIndex;
  readonly #channelIds: ReadonlyMap<string, readonly number[]>;
  readonly #decoder: MessageDecoder;

  constructor(file: ReadableObject, index: McapIndex) {
    this.url = file.url;
    this.warnings = index.warnings;
    this.metadata = index.metadata;
    this.attachments = index.attachments;
    this.#file = file;
    this.#index = index;
    this.#channelIds = index.catalog.channelIdsByTopic();
    this.#decoder = new MessageDecoder(file.url, (id) => this.#declaration(id));
    this.topics = this.#describeTopics();
  }

  messages(options: ReadOptions = {}): AsyncIterable<RawMessage> {
    const { startTime = 0n, endTime = MAX_TIME, signal } = options;
    const topics = this.#topicsByChannel(options.topics);
    const bounds = { topics, startTime, endTime, signal };
    return orderedMessages(this.#file, this.#index.blocks, bounds);
  }

  decode(message: RawMessage): unknown {
    return this.#decoder.decode(message);
  }

  headerStamp(message: RawMessage): bigint | undefined {
    return this.#decoder.headerStamp(message);
  }

  async logTimes(options: ReadOptions = {}): Promise<ReadonlyMap<string, BigUint64Array>> {
    const topics = this.#topicsByChannel(options.topics);
    const times = await collectTimes(this.#file, this.#index.blocks, topics, options.signal);
    const { startTime = 0n, endTime = MAX_TIME } = options;
    for (const [topic, all] of times) {
      times.set(
        topic,
        all.filter((time) => time >= startTime && time <= endTime),
      );
    }
    return times;
  }

  async close(): Promise<void> {
    // Holds nothing between reads; the file is its opener's.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #describeTopics(): Map<string, TopicInfo> {
    const tallies: Tallies = new Map();
    for (const block of this.#index.blocks) {
      for (const [id, tally] of block.tallies) addTally(tallies, id, tally);
    }
    const topics = new Map<string, TopicInfo>();
    for (const [topic, ids] of this.#channelIds) {
      const declarations = ids.flatMap((id) => this.#declaration(id) ?? []);
      const [first] = declarations;
      const unsupported = declarations.map(unsupportedReason).find((why) => why !== undefined);
      const total = totalOf(tallies, ids);
      topics.set(topic, {
        topic,
        schemaName: first?.schema?.name ?? "",
        schemaEncoding: first?.schema?.encoding ?? "",
        messageEncoding: first?.messageEncoding ?? "",
        messageCount: total?.count ?? 0,
        firstLogTime: total?.first,
        lastLogTime: total?.last,
        ...(unsupported === undefined ? {} : { unsupported }),
      });
    }
    return topics;
  }

  #declaration(channelId: number): ChannelDeclaration | undefined {
    const channel = this.#index.catalog.channels.get(channelId);
    if (channel === undefined) return undefined;
    const { topic, messageEncoding, schemaId } = channel;
    return { topic, messageEncoding, schema: this.#index.catalog.schemas.get(schemaId) };
  }

  #topicsByChannel(wanted: Iterable<string> = this.#channelIds.keys()): Map<number, string> {
    const topics = new Map<number, string>();
    for (const topic of wanted) {
      const ids = this.#channelIds.get(topic);
      if (ids === undefined) {
        const close = closeNames(topic, this.#channelIds.keys());
        throw new SourceError(
          "ERR_ROBOFLOW_SOURCE_TOPIC",
          `${nameOf(this.url)}: there is no topic ${topic}`,
          close.length === 0 ? {} : { hint: `Did you mean ${close.join(" or ")}?` },
        );
      }
      for (const id of ids) topics.set(id, topic);
    }
    return topics;
  }
}
