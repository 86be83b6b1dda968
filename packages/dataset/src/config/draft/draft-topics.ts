import { SourceError, type RawMessage, type Recording, type TopicInfo } from "@roboflow/sources";
import { TimeGrid } from "../../align/time-grid.js";
import { isImageType, readImage } from "../../episode/fields/image-reader.js";
import { JointReader } from "../../episode/fields/joint-reader.js";
import { createNumericReader } from "../../episode/fields/numeric-reader.js";
import { Sample } from "../../episode/sample.js";
import { DatasetError } from "../../error.js";
import { checkImage } from "../../video/image-check.js";
import { describeOrigin, type ImageOrigin } from "../../video/image-message.js";
import type { DraftContent, DraftTopic } from "./draft-topic.js";

/**
 * What a recording's topics could give a dataset, found by the conversion's own readers from each
 * topic's first message.
 */
export async function draftTopics(
  recording: Recording,
  options: { signal?: AbortSignal } = {},
): Promise<DraftTopic[]> {
  const topics: DraftTopic[] = [];
  for (const info of recording.topics.values()) {
    const message = await firstMessage(recording, info, options.signal);
    const content: DraftContent =
      message === undefined
        ? { kind: "none", reason: "has no messages" }
        : contentOf(recording, info, message);
    const { topic, schemaName, messageCount } = info;
    topics.push({ topic, schemaName, messageCount, rateHz: rateOf(info), content });
  }
  return topics;
}

async function firstMessage(
  recording: Recording,
  { topic, firstLogTime }: TopicInfo,
  signal: AbortSignal | undefined,
): Promise<RawMessage | undefined> {
  if (firstLogTime === undefined) return undefined;
  const range = { topics: [topic], startTime: firstLogTime, endTime: firstLogTime };
  for await (const message of recording.messages(signal ? { ...range, signal } : range)) {
    return message;
  }
  return undefined;
}

function contentOf(recording: Recording, info: TopicInfo, message: RawMessage): DraftContent {
  try {
    const sample = new Sample(recording, message, new TimeGrid(message.logTime, 1, 1), "log");
    return isImageType(info.schemaName) ? pictures(info, sample) : numbers(info, sample);
  } catch (error) {
    if (error instanceof DatasetError) return { kind: "none", reason: reasonOf(error, info) };
    if (error instanceof SourceError && /_(DECODE|UNSUPPORTED)$/.test(error.code)) {
      return { kind: "none", reason: `${info.schemaName} can't be decoded` };
    }
    throw error;
  }
}

function pictures({ topic }: TopicInfo, sample: Sample): DraftContent {
  const origin = originOf(topic);
  const image = readImage(sample, origin);
  // The draft takes care of odd sides.
  const { width, height } = checkImage(image, { ...origin, frame: 0 }, "yuv444p");
  return { kind: "image", width, height };
}

function originOf(topic: string): ImageOrigin {
  return { topic, feature: "observation.images" };
}

/** Images: what is wrong, without the topic, which stands before it. Numbers: which `field` to set. */
function reasonOf(error: DatasetError, { topic, schemaName }: TopicInfo): string {
  const { message, hint } = error;
  if (!isImageType(schemaName)) return hint ?? message;
  const prefix = `${describeOrigin(originOf(topic))}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

function numbers({ topic, schemaName }: TopicInfo, sample: Sample): DraftContent {
  const source = { topic, schemaName, field: undefined, names: undefined };
  const reader = createNumericReader(source, sample);
  return { kind: "numbers", elements: reader.names, named: reader instanceof JointReader };
}

function rateOf({ messageCount, firstLogTime, lastLogTime }: TopicInfo): number | undefined {
  if (firstLogTime === undefined || lastLogTime === undefined) return undefined;
  const seconds = Number(lastLogTime - firstLogTime) / 1e9;
  return messageCount < 2 || seconds <= 0 ? undefined : (messageCount - 1) / seconds;
}
