import type { DraftTopic } from "./draft-topic.js";

/** A mapping that the draft has, with its mapping_type. */
export interface DraftMapping {
  readonly topic: DraftTopic;
  readonly kind: "image" | "state" | "action";
  readonly feature: string;
}

export interface DraftChoice {
  readonly mappings: readonly DraftMapping[];
  /** The other topics and why they are not mapped. */
  readonly left: readonly { readonly topic: DraftTopic; readonly reason: string }[];
}

/** Words in a topic's name that tell what the robot was told from what it did. */
const COMMANDS = new Set(
  "command commands cmd action actions target targets goal goals desired setpoint leader".split(
    " ",
  ),
);

/** Path segments that say how a picture is sent, not which camera it is from. */
const TRANSPORT = new Set(
  "image image_raw image_color image_rect image_rect_color raw color rgb compressed".split(" "),
);

/** More mappings than any robot has topics, and few enough for a config's number of keys. */
const MOST_MAPPED = 100;

/** A topic slower than this would leave most frames with an old message, or bound the episode. */
const SLOWEST_HZ = 1;

/**
 * Chooses what to map: each camera; commands as `action`; other joint states, or if there are none
 * all other numbers, as `observation.state`.
 */
export function chooseMappings(topics: readonly DraftTopic[]): DraftChoice {
  const left: { topic: DraftTopic; reason: string }[] = [];
  const usable = topics.filter((topic) => {
    const reason = whyNot(topic, topics);
    if (reason !== undefined) left.push({ topic, reason });
    return reason === undefined;
  });
  const numbers = usable.filter(({ content }) => content.kind === "numbers");
  const states = numbers.filter((topic) => !isCommand(topic));
  const haveJoints = states.some(isJoints);
  const keys = new Set<string>();
  const mappings: DraftMapping[] = [];
  for (const topic of usable) {
    if (mappings.length === MOST_MAPPED) {
      left.push({ topic, reason: `the draft maps the first ${MOST_MAPPED} topics only` });
    } else if (topic.content.kind === "image") {
      const feature = `observation.images.${uniqueKey(cameraKey(topic.topic), keys)}`;
      mappings.push({ topic, kind: "image", feature });
    } else if (isCommand(topic)) {
      mappings.push({ topic, kind: "action", feature: "action" });
    } else if (haveJoints && !isJoints(topic)) {
      left.push({ topic, reason: "add a mapping if it belongs to the state" });
    } else {
      mappings.push({ topic, kind: "state", feature: "observation.state" });
    }
  }
  return { mappings, left };
}

function whyNot(topic: DraftTopic, all: readonly DraftTopic[]): string | undefined {
  if (topic.messageCount === 0) return "has no messages";
  if (topic.content.kind === "none") return topic.content.reason;
  if (topic.rateHz === undefined || topic.rateHz < SLOWEST_HZ) {
    return "too few messages to give every frame one";
  }
  if (topic.topic.length > 1000) return "its name is too long";
  if (/^$|\p{Surrogate}/u.test(topic.topic)) return "its name can't be written in TOML";
  const compressed = all.find((other) => other.topic === `${topic.topic}/compressed`);
  if (topic.content.kind === "image" && compressed?.content.kind === "image") {
    return "the same pictures as its compressed topic";
  }
  return undefined;
}

function isJoints({ content }: DraftTopic): boolean {
  return content.kind === "numbers" && content.named;
}

function isCommand({ topic }: DraftTopic): boolean {
  return topic
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => COMMANDS.has(word));
}

/** `/cam_high/image_raw/compressed` is `cam_high`. */
function cameraKey(topic: string): string {
  const parts = topic.split("/").filter((part) => part !== "" && !TRANSPORT.has(part));
  const key = parts.join("_").replace(/[^A-Za-z0-9_-]+/g, "_");
  return key.slice(0, 100) || "camera";
}

function uniqueKey(key: string, taken: Set<string>): string {
  let unique = key;
  for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${key}_${count}`;
  taken.add(unique.toLowerCase());
  return unique;
}
