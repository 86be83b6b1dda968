import { stringify } from "smol-toml";
import { DatasetError } from "../../error.js";
import { chooseMappings, type DraftMapping } from "./choose-mappings.js";
import type { DraftTopic } from "./draft-topic.js";

export interface DraftOptions {
  /** Name of the dataset; `my_dataset` if left out or not usable as one. */
  readonly name?: string;
}

/** Frame rates that cameras have. */
const COMMON_RATES = [1, 2, 5, 10, 12, 15, 20, 24, 25, 30, 40, 48, 50, 60, 72, 90, 100, 120, 200];

/** Rate of a dataset without cameras: what policies are trained at, however fast joints report. */
const FASTEST_WITHOUT_CAMERA = 50;

/** Unmapped topics that are listed at most. */
const MOST_LISTED = 200;

/**
 * A commented config for what is in a recording, as TOML that LerobotConfig.fromToml accepts: a
 * start for the user to edit.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_TOPIC` if no topic can be mapped
 */
export function draftConfig(topics: readonly DraftTopic[], options: DraftOptions = {}): string {
  const { mappings, left } = chooseMappings(topics);
  if (mappings.length === 0) {
    const reasons = left
      .slice(0, 20)
      .map(({ topic, reason }) => `\n  ${shown(topic)}: ${oneLine(reason)}`);
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_TOPIC",
      `The recording has no topic that a draft could map:${reasons.join("") || " it has none at all"}`,
      { hint: "Write a config by hand, with `field` for messages of other types." },
    );
  }
  const kinds = new Set(mappings.map(({ kind }) => kind));
  const sections = [
    `# What to make of the recording. Every key: see "Configuration" in the README of @roboflow/dataset.`,
    datasetSection(options.name, mappings),
    ...mappings.map(mappingSection),
    ...(kinds.has("action") ? [] : [NO_ACTION]),
    ...(kinds.has("image") ? [videoSection(mappings)] : []),
  ];
  if (left.length > 0) {
    const lines = left
      .slice(0, MOST_LISTED)
      .map(({ topic, reason }) => `#   ${shown(topic)}: ${oneLine(reason)}`);
    if (left.length > MOST_LISTED) lines.push(`#   and ${left.length - MOST_LISTED} more`);
    sections.push(["# Topics that are not mapped:", ...lines].join("\n"));
  }
  return `${sections.join("\n\n")}\n`;
}

function datasetSection(name: string | undefined, mappings: readonly DraftMapping[]): string {
  const usable = name !== undefined && /^(?=.*\S)[^\p{Cc}/\\]{1,200}$/u.test(name);
  return [
    "[dataset]",
    keyValue("name", usable ? name : "my_dataset"),
    `fps = ${frameRate(mappings)}`,
    `# robot_type = "my_robot"`,
    "# What the robot is told, for policies that take language; `submit --task` overrides it.",
    `# task = "pick up the cube"`,
  ].join("\n");
}

/** The slowest camera's rate: a faster dataset would show pictures twice. */
function frameRate(mappings: readonly DraftMapping[]): number {
  const ratesOf = (list: readonly DraftMapping[]): number[] =>
    list.flatMap(({ topic }) => topic.rateHz ?? []);
  const cameras = ratesOf(mappings.filter(({ kind }) => kind === "image"));
  const rate =
    cameras.length > 0
      ? Math.min(...cameras)
      : Math.min(FASTEST_WITHOUT_CAMERA, ...ratesOf(mappings));
  const off = (common: number): number => Math.abs(rate / common - 1);
  const [nearest] = COMMON_RATES.toSorted((a, b) => off(a) - off(b));
  if (nearest !== undefined && off(nearest) < 0.1) return nearest;
  return Math.min(1000, Math.max(1, Math.round(rate)));
}

function mappingSection({ topic, kind, feature }: DraftMapping): string {
  const lines = [
    `# ${topic.schemaName.replace(/[^\w/]+/g, " ")}, ${topic.messageCount} messages${rateText(topic)}${contentText(topic)}`,
    "[[mappings]]",
    keyValue("topic", topic.topic),
    keyValue("feature", feature),
    keyValue("mapping_type", kind),
  ];
  const { content } = topic;
  if (content.kind === "numbers" && content.named && content.elements.length <= 64) {
    const names = keyValue("names", [...content.elements]);
    // A name may hold anything, a line break only as an escape.
    lines.push("# Take only some joints, or in another order:", `# ${names}`);
  }
  return lines.join("\n");
}

function rateText({ rateHz }: DraftTopic): string {
  return rateHz === undefined ? "" : `, ${rateHz.toFixed(1)} Hz`;
}

function contentText({ content }: DraftTopic): string {
  if (content.kind === "numbers") return `, ${content.elements.length} elements`;
  return content.kind === "image" ? `, ${content.width}x${content.height}` : "";
}

const NO_ACTION = `# No topic looks like a command. Training needs the feature \`action\`: map the topic that holds it.
# [[mappings]]
# topic = "/command"
# feature = "action"
# mapping_type = "action"`;

function videoSection(mappings: readonly DraftMapping[]): string {
  const lines = ["[video]", 'codec = "libx264"', "# Lower is better and larger.", "crf = 20"];
  const isOdd = mappings.some(
    ({ topic: { content } }) =>
      content.kind === "image" && (content.width % 2 !== 0 || content.height % 2 !== 0),
  );
  if (isOdd) {
    lines.push(
      "# The usual yuv420p can't hold a picture with an odd side.",
      'pixel_format = "yuv444p"',
    );
  }
  return lines.join("\n");
}

/** One line of TOML. */
function keyValue(key: string, value: string | readonly string[]): string {
  return stringify({ [key]: value }).trim();
}

/** A topic for a comment: quoted if it holds anything unusual, cut if it is long. */
function shown({ topic }: DraftTopic): string {
  const short = topic.slice(0, 200).replace(/\p{Surrogate}/gu, "");
  return /^[\w/.~:-]+$/.test(short) ? short : keyValue("topic", short).replace(/^topic = /, "");
}

/** A reason for a comment: one line. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Surrogate}\s]+/gu, " ")
    .slice(0, 500)
    .trim();
}
