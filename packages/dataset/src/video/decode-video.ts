import { createHash } from "node:crypto";
import type { AVPixelFormat } from "node-av/constants";
import { isDrained } from "./libav.js";
import { VideoInput } from "./video-input.js";
import { invalidVideo, videoError } from "./video-error.js";

/** One decoded frame. */
export interface DecodedFrame {
  /** From 0 in presentation order. */
  index: number;
  width: number;
  height: number;
  /** FFmpeg's name, e.g. `yuv420p`. */
  pixFmt: string;
  /** Presentation time in ticks of the track's time scale. */
  pts: bigint;
  /** Copies out the planes one after the other, rows without padding. */
  pixels(): Uint8Array;
}

/**
 * Decodes every frame of a video in order and stops at the first damage.
 *
 * @param options.onFrame Called with each frame, which is valid until it returns.
 * @returns the number of frames.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`, naming the frame.
 */
export async function decodeVideo(
  path: string,
  options: { onFrame?: (frame: DecodedFrame) => void; signal?: AbortSignal } = {},
): Promise<number> {
  await using input = await VideoInput.open(path);
  const { lib, constants } = input.libav;
  const { codecpar } = input.stream;
  const codec = lib.Codec.findDecoder(codecpar.codecId);
  if (codec === null) {
    const name = lib.avGetCodecName(codecpar.codecId) ?? "unknown";
    throw invalidVideo(path, `there is no decoder for ${name}`);
  }
  using decoder = new lib.CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(codecpar);
  decoder.setOption("err_detect", "crccheck+bitstream+explode", constants.AV_OPT_TYPE_STRING);
  const opened = await decoder.open2(codec);
  if (opened < 0) throw videoError(input.libav, opened, `opening a decoder for ${path}`);
  using frame = new lib.Frame();
  frame.alloc();
  let frames = 0;

  const receive = async (): Promise<void> => {
    for (;;) {
      const received = await decoder.receiveFrame(frame);
      if (isDrained(input.libav, received)) return;
      if (received < 0)
        throw videoError(input.libav, received, `${path}: decoding frame ${frames}`);
      const corrupt = frame.hasFlags(constants.AV_FRAME_FLAG_CORRUPT);
      if (corrupt || frame.decodeErrorFlags !== 0) {
        throw invalidVideo(path, `frame ${frames} is damaged`);
      }
      options.onFrame?.({
        index: frames,
        width: frame.width,
        height: frame.height,
        pixFmt: lib.avGetPixFmtName(frame.format as AVPixelFormat) ?? "unknown",
        pts: frame.pts,
        pixels: () => frame.toBuffer(),
      });
      frames += 1;
      frame.unref();
    }
  };

  for await (const packet of input.packets(options)) {
    const sent = await decoder.sendPacket(packet);
    if (sent < 0) throw videoError(input.libav, sent, `${path}: decoding frame ${frames}`);
    await receive();
  }
  await decoder.sendPacket(null);
  await receive();
  return frames;
}

/** SHA-256 of each decoded frame's pixels: equal lists mean that the videos look the same. */
export async function hashFrames(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<string[]> {
  const hashes: string[] = [];
  await decodeVideo(path, {
    ...options,
    onFrame: (frame) => hashes.push(createHash("sha256").update(frame.pixels()).digest("hex")),
  });
  return hashes;
}
