import type { CodecContext } from "node-av/lib";
import type { VideoSettings } from "../config/video-settings.js";
import { DatasetError } from "../error.js";
import type { ImageSize } from "./image-check.js";
import type { Libav } from "./libav.js";
import { videoError } from "./video-error.js";

/** SVT-AV1's largest `lp` (level of parallelism). */
const MAX_SVT_LEVEL = 6;
/** Below its documented minimum SVT-AV1 does not fail: it never returns. */
const MIN_SVT_SIDE = 64;

/**
 * The encoder's private options. Key frames come at the configured distance and nowhere else, no
 * frame is reordered (so that the first one is at 0 without an edit list), and nothing depends on
 * the machine: x265 would choose its frame threads by core count and write its CPU's features down.
 */
export function encoderOptions(video: VideoSettings): Readonly<Record<string, string>> {
  const common = { preset: `${video.preset}`, crf: `${video.crf}` };
  const profile = video.profile === undefined ? {} : { profile: video.profile };
  switch (video.codec) {
    case "libx264":
      return { ...common, ...profile, sc_threshold: "0" };
    case "libx265":
      return {
        ...common,
        ...profile,
        "x265-params": [
          `pools=${video.threads}`,
          `frame-threads=${Math.min(video.threads, 16)}`,
          "bframes=0:scenecut=0:open-gop=0:info=0:log-level=none",
        ].join(":"),
      };
    case "libsvtav1":
      // Its only profile is main.
      return { ...common, "svtav1-params": `lp=${Math.min(video.threads, MAX_SVT_LEVEL)}` };
  }
}

/**
 * Opens the encoder for pictures of one size at a constant rate; its time base is 1/fps.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`, naming the codec and the option it refuses.
 */
export async function openEncoder(
  libav: Libav,
  video: VideoSettings,
  { width, height }: ImageSize,
  fps: number,
): Promise<CodecContext> {
  const { lib, constants } = libav;
  const names = {
    libx264: constants.FF_ENCODER_LIBX264,
    libx265: constants.FF_ENCODER_LIBX265,
    libsvtav1: constants.FF_ENCODER_LIBSVTAV1,
  } satisfies Record<VideoSettings["codec"], unknown>;
  const codec = lib.Codec.findEncoderByName(names[video.codec]);
  if (codec === null) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_VIDEO",
      `this build of FFmpeg has no encoder ${video.codec}`,
      { hint: "Choose another [video] codec." },
    );
  }
  if (video.codec === "libsvtav1" && Math.min(width, height) < MIN_SVT_SIDE) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_VIDEO",
      `libsvtav1 can't encode ${width}x${height} pictures: it needs ${MIN_SVT_SIDE}x${MIN_SVT_SIDE} or more`,
      { hint: 'Set [video] codec = "libx264".' },
    );
  }
  // SVT-AV1 prints to stderr by itself unless its own variable says otherwise.
  process.env["SVT_LOG"] ??= "0";
  const encoder = new lib.CodecContext();
  try {
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = lib.avGetPixFmtFromName(video.pixel_format);
    encoder.timeBase = new lib.Rational(1, fps);
    encoder.framerate = new lib.Rational(fps, 1);
    encoder.gopSize = video.gop;
    encoder.maxBFrames = 0;
    encoder.threadCount = video.threads;
    encoder.colorRange = constants.AVCOL_RANGE_MPEG;
    encoder.colorSpace = constants.AVCOL_SPC_SMPTE170M;
    encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER, constants.AV_CODEC_FLAG_BITEXACT);
    for (const [name, value] of Object.entries(encoderOptions(video))) {
      const set = encoder.setOption(name, value, constants.AV_OPT_TYPE_STRING);
      if (set < 0) throw videoError(libav, set, `setting ${name} = ${value} of ${video.codec}`);
    }
    const opened = await encoder.open2(codec);
    if (opened < 0) throw refused(libav, opened, video, { width, height });
    return encoder;
  } catch (error) {
    encoder.freeContext();
    throw error;
  }
}

function refused(libav: Libav, code: number, video: VideoSettings, size: ImageSize): DatasetError {
  const options = [
    `preset = ${video.preset}`,
    `profile = ${video.profile ?? "unset"}`,
    `pixel_format = ${video.pixel_format}`,
    `crf = ${video.crf}`,
  ].join(", ");
  return videoError(
    libav,
    code,
    `opening ${video.codec} for ${size.width}x${size.height} pictures with ${options}`,
    { hint: "Change these keys of [video]; not every profile takes every pixel format." },
  );
}
