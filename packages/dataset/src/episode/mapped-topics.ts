import { closeNames } from "@roboflow/core";
import type { Recording, TopicInfo } from "@roboflow/sources";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { DatasetError } from "../error.js";
import { isImageType } from "./fields/image-reader.js";

type Mapping = LerobotConfig["mappings"][number];

/** Beyond this many, errors only count the recording's other topics. */
const MOST_LISTED = 30;

/**
 * The topics that the mappings name and the recording holds messages of; optional ones may be
 * absent.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_TOPIC`, one error for all that are missing, empty or of
 *   a type that can't give the feature
 */
export function mappedTopics(
  recording: Pick<Recording, "topics">,
  mappings: readonly Mapping[],
): ReadonlyMap<string, TopicInfo> {
  const topics = new Map<string, TopicInfo>();
  const problems = new Map<string, string>();
  for (const mapping of mappings) {
    const info = recording.topics.get(mapping.topic);
    const problem = topicProblem(mapping, info, recording);
    if (problem !== undefined) problems.set(`${mapping.topic} ${problem}`, problem);
    else if (info !== undefined && info.messageCount > 0) topics.set(mapping.topic, info);
  }
  if (problems.size === 0) return topics;
  const lines = [...problems.keys()];
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_TOPIC",
    lines.length === 1
      ? `can't use a mapped topic: ${lines[0]}`
      : `can't use ${lines.length} mapped topics:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    { hint: `The recording has: ${describeTopics(recording)}` },
  );
}

function topicProblem(
  mapping: Mapping,
  info: TopicInfo | undefined,
  recording: Pick<Recording, "topics">,
): string | undefined {
  if (info === undefined) {
    if (mapping.optional) return undefined;
    const close = closeNames(mapping.topic, recording.topics.keys());
    const suggestion = close.length === 0 ? "" : `; did you mean ${close.join(" or ")}?`;
    return `is not in the recording${suggestion}`;
  }
  const isImage = isImageType(info.schemaName);
  if (mapping.mapping_type === "image" && !isImage)
    return `(${info.schemaName}) holds no images, but feature ${mapping.feature} has mapping_type "image"`;
  if (
    mapping.mapping_type !== "image" &&
    isImage &&
    mapping.field === undefined &&
    mapping.mapping_type !== "timestamp"
  )
    return `(${info.schemaName}) holds images, but feature ${mapping.feature} has mapping_type "${mapping.mapping_type}", not "image"`;
  if (info.messageCount === 0 && !mapping.optional) return "has no messages";
  return undefined;
}

function describeTopics(recording: Pick<Recording, "topics">): string {
  const topics = [...recording.topics.values()];
  if (topics.length === 0) return "no topics.";
  const listed = topics
    .slice(0, MOST_LISTED)
    .map(({ topic, schemaName, messageCount }) => `${topic} (${schemaName}, ${messageCount})`);
  const more = topics.length - listed.length;
  return listed.join(", ") + (more > 0 ? ` and ${more} more.` : ".");
}
