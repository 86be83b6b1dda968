import { z } from "zod";
import { evenIfPartlyWrong } from "./refine.js";

/** x264 and x265 share these; `placebo` is left out, it only costs time. */
const PRESETS = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
] as const;

const CODEC = "Encoder: `libx264` (H.264), `libx265` (H.265) or `libsvtav1` (AV1).";
const CRF = "Constant rate factor: lower is better and larger.";
const PRESET = "Speed against size.";
const PROFILE = "Codec profile. Default: the encoder's choice for the pixel format.";
const PIXEL_FORMAT = "Pixel format of the video; only `yuv420p` plays everywhere.";

const common = {
  gop: z
    .int()
    .min(1)
    .max(10_000)
    .default(2)
    .describe(
      "Frames from one key frame to the next. LeRobot's 2 makes random access fast; larger files are smaller.",
    ),
  threads: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe(
      "Encoder threads for each camera. Fixed, so that every machine writes the same bytes.",
    ),
};

function crf(min: number, max: number, preset: number) {
  return z.number().min(min).max(max).default(preset).describe(CRF);
}

const Libx264 = z
  .strictObject({
    // The inner optional() is what lets a left-out discriminator choose this variant.
    codec: z.literal("libx264").optional().default("libx264").describe(CODEC),
    crf: crf(0, 51, 20),
    preset: z.enum(PRESETS).default("fast").describe(PRESET),
    profile: z.enum(["baseline", "main", "high", "high444"]).optional().describe(PROFILE),
    pixel_format: z.enum(["yuv420p", "yuv444p"]).default("yuv420p").describe(PIXEL_FORMAT),
    ...common,
  })
  .superRefine((video, context) => {
    if (video.profile === undefined || video.profile === "high444") return;
    if (video.pixel_format === "yuv444p") profileIssue(context, "yuv444p", "high444");
    else if (video.crf === 0) profileIssue(context, "crf = 0 (lossless)", "high444");
  }, evenIfPartlyWrong);

const Libx265 = z
  .strictObject({
    codec: z.literal("libx265").describe(CODEC),
    crf: crf(0, 51, 24),
    preset: z.enum(PRESETS).default("fast").describe(PRESET),
    profile: z.enum(["main", "main444-8"]).optional().describe(PROFILE),
    pixel_format: z.enum(["yuv420p", "yuv444p"]).default("yuv420p").describe(PIXEL_FORMAT),
    ...common,
  })
  .superRefine((video, context) => {
    if (video.profile === "main" && video.pixel_format === "yuv444p") {
      profileIssue(context, "yuv444p", "main444-8");
    }
  }, evenIfPartlyWrong);

const Libsvtav1 = z.strictObject({
  codec: z.literal("libsvtav1").describe(CODEC),
  // FFmpeg takes 0 for "not set".
  crf: crf(1, 63, 30),
  preset: z
    .int({ error: "must be a whole number from 0 (slowest) to 13 (fastest)" })
    .min(0)
    .max(13)
    .default(12)
    .describe("Speed against size: 0 slowest, 13 fastest."),
  profile: z.enum(["main"]).optional().describe(PROFILE),
  pixel_format: z.enum(["yuv420p"]).default("yuv420p").describe(PIXEL_FORMAT),
  ...common,
});

/** The `[video]` table: how cameras are encoded. Ranges and defaults are those of the codec. */
export const VideoSettings = z.discriminatedUnion("codec", [Libx264, Libx265, Libsvtav1]);
export type VideoSettings = z.infer<typeof VideoSettings>;

function profileIssue(context: z.RefinementCtx, what: string, needed: string): void {
  context.addIssue({
    code: "custom",
    path: ["profile"],
    message: `${what} needs profile "${needed}"; set that, or leave \`profile\` out`,
  });
}
