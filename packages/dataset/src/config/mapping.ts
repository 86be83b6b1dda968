import { z } from "zod";
import { shorten } from "./key-path.js";
import { evenIfPartlyWrong } from "./refine.js";
import { featureName } from "./feature-name.js";

function common(kind: "image" | "numeric") {
  return {
    topic: z
      .string()
      .min(1)
      .max(1000)
      .describe("Topic to read, exactly as the recording names it."),
    feature: featureName(kind).describe(
      "LeRobot feature to write, for example `observation.state`. Several numeric mappings onto one feature are concatenated in the order written.",
    ),
    max_age_ms: z
      .number()
      .positive()
      .optional()
      .describe(
        "Oldest message a frame may take, milliseconds; an older one is a gap. Default: 10 frames for images, no limit for others.",
      ),
    on_gap: z
      .enum(["fail", "repeat"])
      .default("fail")
      .describe("At a gap: stop with an error, or repeat the last message and count it as stale."),
    optional: z
      .boolean()
      .default(false)
      .describe(
        "The topic may be missing and never bounds the episode's time range; frames without a message take `fill`.",
      ),
  };
}

const numericFill = z
  .union([z.number(), z.array(z.number()).min(1)], {
    error: "must be a number or an array of numbers",
  })
  .optional()
  .describe(
    "Value of frames without a message: one number for all elements, or one for each. Only with `optional = true`.",
  );

const sync = z
  .enum(["hold", "nearest", "linear"])
  .default("hold")
  .describe(
    "Which message a frame takes: `hold` the latest at or before it, `nearest` the closest in time, `linear` interpolated between the two around it.",
  );

/** `linear` would invent values between two instants or two pictures. */
const pick = z
  .enum(["hold", "nearest"])
  .default("hold")
  .describe(
    "Which message a frame takes: `hold` the latest at or before it, `nearest` the closest in time.",
  );

const field = z
  .string()
  .max(1000)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/, {
    error: "must be field names joined by dots, as in `pose.position.x`",
  })
  .optional();

const element = z.string().min(1).max(200);

const names = z
  .array(element)
  .min(1)
  .max(10_000)
  .refine((list) => new Set(list).size === list.length, {
    error: (issue) => `each name may stand only once; repeated: ${repeated(issue.input)}`,
  })
  .optional()
  .describe(
    "Joints to take, by name, in this order. Default: all, in the first message's order; later messages are read by name too.",
  );

function numeric<Kind extends "state" | "action" | "other">(kind: Kind) {
  return {
    ...common("numeric"),
    mapping_type: kindOf(kind),
    field: field.describe(
      "Path to a number or an array of numbers in the message, for example `pose.position.x`. Default by message type, for example `position` of a JointState.",
    ),
    names,
    sync,
    fill: numericFill,
  };
}

const KIND =
  "What the topic holds: `image` a camera; `state`, `action`, `other` numbers (float32); `timestamp` the time of the message taken.";

function kindOf<Kind extends string>(kind: Kind) {
  return z.literal(kind).describe(KIND);
}

/** Numbers from messages; float32 elements. `mapping_type` left out means `state`. */
const StateMapping = z
  .strictObject({
    ...numeric("state"),
    // The inner optional() is what lets a left-out discriminator choose this variant.
    mapping_type: z.literal("state").optional().default("state").describe(KIND),
  })
  .superRefine(checkFill, evenIfPartlyWrong);
const ActionMapping = z.strictObject(numeric("action")).superRefine(checkFill, evenIfPartlyWrong);
const OtherMapping = z.strictObject(numeric("other")).superRefine(checkFill, evenIfPartlyWrong);

/** The time of the message taken, seconds since the episode's first frame; float64, shape [1]. */
export const TimestampMapping = z
  .strictObject({
    ...common("numeric"),
    mapping_type: kindOf("timestamp"),
    field: field.describe(
      "Path to a time in the message, for example `header.stamp`. Default: the time that `dataset.time` names.",
    ),
    sync: pick,
    fill: z
      .number()
      .optional()
      .describe("Value of frames without a message, seconds. Only with `optional = true`."),
  })
  .superRefine(checkFill, evenIfPartlyWrong);

/** A camera; becomes an mp4. */
export const ImageMapping = z
  .strictObject({
    ...common("image"),
    mapping_type: kindOf("image"),
    camera_key: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9_-]+$/, { error: "must be letters, digits, `_` and `-`" })
      .optional()
      .describe("The camera's name; must equal the last part of `feature`."),
    sync: pick,
    fill: z
      .union([z.literal("black"), z.tuple([byte(), byte(), byte()])], {
        error: 'must be "black" or `[red, green, blue]`, each a whole number from 0 to 255',
      })
      .optional()
      .describe(
        'Picture of frames without a message: "black" or one colour `[red, green, blue]`, each 0 to 255. Only with `optional = true`.',
      ),
  })
  .superRefine(checkFill, evenIfPartlyWrong)
  .superRefine((mapping: Partial<ImageMappingKeys>, context) => {
    const { camera_key: key, feature } = mapping;
    if (typeof key !== "string" || typeof feature !== "string") return;
    if (feature.split(".").at(-1) === key) return;
    context.addIssue({
      code: "custom",
      path: ["camera_key"],
      message: `must equal the last part of \`feature\`, as in \`observation.images.${shorten(key)}\``,
    });
  }, evenIfPartlyWrong);

/** One `[[mappings]]` entry: a topic and the feature that it becomes. */
export const Mapping = z.discriminatedUnion("mapping_type", [
  StateMapping,
  ActionMapping,
  OtherMapping,
  TimestampMapping,
  ImageMapping,
]);

export type NumericMapping = z.infer<
  typeof StateMapping | typeof ActionMapping | typeof OtherMapping
>;
export type TimestampMapping = z.infer<typeof TimestampMapping>;
export type ImageMapping = z.infer<typeof ImageMapping>;
export type Mapping = z.infer<typeof Mapping>;

function byte() {
  return z.int().min(0).max(255);
}

/** Keys may be absent or of another type where other issues say so. */
interface ImageMappingKeys {
  feature: unknown;
  camera_key: unknown;
}

function checkFill(
  mapping: { optional?: unknown; fill?: unknown },
  context: z.RefinementCtx,
): void {
  if (mapping.optional === true && mapping.fill === undefined) {
    context.addIssue({
      code: "custom",
      path: ["optional"],
      message: "needs `fill`: what frames without a message hold",
    });
  }
  if (mapping.optional === false && mapping.fill !== undefined) {
    context.addIssue({
      code: "custom",
      path: ["fill"],
      message: "has an effect only with `optional = true`",
    });
  }
}

function repeated(list: unknown): string {
  if (!Array.isArray(list)) return "";
  const twice = list.filter((name, index) => list.indexOf(name) !== index);
  return [...new Set(twice)]
    .slice(0, 5)
    .map((name) => JSON.stringify(shorten(String(name))))
    .join(", ");
}
