import type { Frame, SoftwareScaleContext } from "node-av/lib";
import type { AVColorRange, AVPixelFormat } from "node-av/constants";
import { libavError, type Libav } from "./libav.js";

/**
 * Converts frames to another pixel format and range with BT.601 coefficients, as LeRobot and JPEG
 * (JFIF) have it. Bit-exact on every machine: one thread, no fast paths that round otherwise.
 */
export class FrameConverter implements Disposable {
  readonly #libav: Libav;
  readonly #scaler: SoftwareScaleContext;
  readonly #target: Frame;
  readonly #format: AVPixelFormat;
  readonly #range: AVColorRange;

  constructor(libav: Libav, format: AVPixelFormat, range: AVColorRange) {
    const { lib, constants } = libav;
    this.#libav = libav;
    this.#format = format;
    this.#range = range;
    this.#target = new lib.Frame();
    this.#target.alloc();
    this.#scaler = new lib.SoftwareScaleContext();
    this.#scaler.allocContext();
    const flags = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact";
    this.#scaler.setOption("sws_flags", flags, constants.AV_OPT_TYPE_STRING);
    this.#scaler.setOption("threads", "1", constants.AV_OPT_TYPE_STRING);
  }

  /** The converted frame, valid until the next call. */
  async convert(source: Frame): Promise<Frame> {
    const target = this.#target;
    // An encoder may still hold the last picture; a new buffer is cheaper than a copy of it.
    if (target.width !== source.width || target.height !== source.height || !target.isWritable) {
      target.unref();
      target.width = source.width;
      target.height = source.height;
      target.format = this.#format;
      const allocated = target.getBuffer();
      if (allocated < 0) throw libavError(this.#libav, allocated, "allocating a frame");
    }
    target.colorRange = this.#range;
    target.colorSpace = this.#libav.constants.AVCOL_SPC_SMPTE170M;
    // Equal sample positions keep the colour samples where they are, unfiltered.
    target.chromaLocation = source.chromaLocation;
    const scaled = await this.#scaler.scaleFrame(target, source);
    if (scaled < 0) throw libavError(this.#libav, scaled, "converting a picture");
    return target;
  }

  [Symbol.dispose](): void {
    this.#scaler.freeContext();
    this.#target.free();
  }
}
