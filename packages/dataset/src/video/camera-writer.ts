import { rm } from "node:fs/promises";
import type { CodecContext, Frame, Packet } from "node-av/lib";
import type { CameraVideo, CameraWriterOptions } from "./camera-options.js";
import { openEncoder } from "./encoder.js";
import { FrameConverter } from "./frame-converter.js";
import { checkImage, imageError, type ImagePlace, type ImageSize } from "./image-check.js";
import { ImageDecoder } from "./image-decoder.js";
import { describeOrigin, type ImageMessage } from "./image-message.js";
import { isDrained, loadLibav, type Libav } from "./libav.js";
import { Mp4Muxer } from "./mp4-muxer.js";
import { PixelHistogram } from "./pixel-histogram.js";
import { pixelLayout } from "./pixel-layout.js";
import { checkFrames, probeVideo } from "./probe-video.js";
import { invalidVideo, videoError } from "./video-error.js";

/** What exists once the first image has told the size. */
interface Output {
  size: ImageSize;
  encoder: CodecContext;
  muxer: Mp4Muxer;
}

/**
 * Encodes image messages into one mp4 of constant rate: image → native decoder → native converter
 * → native encoder → file, each on FFmpeg's side and off the main thread, one image at a time, so
 * that memory stays flat and several writers run in parallel.
 *
 * Disposing closes it and removes what it wrote, unless `finish` has returned.
 */
export class CameraWriter implements AsyncDisposable {
  readonly #libav: Libav;
  readonly #options: CameraWriterOptions;
  readonly #decoder: ImageDecoder;
  readonly #toVideo: FrameConverter;
  readonly #toRgb: FrameConverter;
  readonly #packet: Packet;
  readonly #histogram = new PixelHistogram();
  #output: Output | undefined;
  #frames = 0;
  #state: "open" | "finished" | "closed" = "open";
  /** The operation under way: closing waits for it, as another thread is using the native memory. */
  #running: Promise<unknown> = Promise.resolve();

  private constructor(libav: Libav, options: CameraWriterOptions) {
    const { lib, constants } = libav;
    this.#libav = libav;
    this.#options = options;
    this.#decoder = new ImageDecoder(libav);
    this.#packet = new lib.Packet();
    this.#packet.alloc();
    const videoFormat = lib.avGetPixFmtFromName(options.video.pixel_format);
    this.#toVideo = new FrameConverter(libav, videoFormat, constants.AVCOL_RANGE_MPEG);
    this.#toRgb = new FrameConverter(libav, constants.AV_PIX_FMT_RGB24, constants.AVCOL_RANGE_JPEG);
  }

  static async open(options: CameraWriterOptions): Promise<CameraWriter> {
    return new CameraWriter(await loadLibav(), options);
  }

  /**
   * Appends `repeat` frames (at least 1) that show this image, decoded once. Resolves when the
   * encoder has taken them; await it before the next call, which is the back-pressure.
   *
   * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE` for a damaged image or one of another size or
   *   kind than the video can hold, `ERR_ROBOFLOW_DATASET_VIDEO` if encoding or writing fails.
   */
  async write(image: ImageMessage, repeat: number): Promise<void> {
    if (!Number.isInteger(repeat) || repeat < 1) throw new RangeError(`repeat is ${repeat}`);
    await this.#run(async () => {
      const place: ImagePlace = { ...this.#options, frame: this.#frame };
      const size = checkImage(image, place, this.#options.video.pixel_format);
      const output = await this.#outputFor(size, place);
      const decoded = await this.#decoder.decode(image, size, place);
      await this.#sample(decoded, repeat);
      const picture = await this.#toVideo.convert(decoded);
      for (let shown = 0; shown < repeat; shown++) {
        this.#options.signal?.throwIfAborted();
        picture.pts = BigInt(this.#frames);
        await this.#encode(output, picture);
        this.#frames += 1;
      }
    });
  }

  /**
   * Encodes what is still buffered, closes the file, reads it back and checks it: as many packets
   * as frames were written, frame k at exactly k/fps.
   *
   * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`, also when no frame was written.
   */
  async finish(): Promise<CameraVideo> {
    return this.#run(async () => {
      const output = this.#output;
      const { path, fps } = this.#options;
      if (output === undefined) throw invalidVideo(path, "no frame was written");
      await this.#encode(output, null);
      await output.muxer.finish();
      const probe = await probeVideo(path);
      checkFrames(probe, { path, fps, frames: this.#frames });
      this.#state = "finished";
      this.#options.logger?.debug("video written", { path, fps, ...probe.parameters });
      return {
        frames: this.#frames,
        bytes: probe.bytes,
        parameters: probe.parameters,
        shape: [output.size.height, output.size.width, 3],
        stats: this.#histogram.result(),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    if (this.#state === "closed") return;
    const remove = this.#state === "open" && this.#output !== undefined;
    this.#state = "closed";
    await this.#output?.muxer[Symbol.asyncDispose]();
    this.#output?.encoder.freeContext();
    this.#decoder[Symbol.dispose]();
    this.#toVideo[Symbol.dispose]();
    this.#toRgb[Symbol.dispose]();
    this.#packet.free();
    if (remove) await rm(this.#options.path, { force: true });
  }

  /** Of the episode, the next one. */
  get #frame(): number {
    return (this.#options.firstFrame ?? 0) + this.#frames;
  }

  /** One operation at a time, and none after the end. */
  async #run<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#running.then(() => {
      if (this.#state !== "open") throw new Error(`the camera writer is ${this.#state}`);
      this.#options.signal?.throwIfAborted();
      return operation();
    });
    this.#running = result.catch(() => undefined);
    return result;
  }

  async #outputFor(size: ImageSize, place: ImagePlace): Promise<Output> {
    const { path, fps, video } = this.#options;
    const wanted = this.#output?.size ?? this.#options.size;
    if (wanted !== undefined && (wanted.width !== size.width || wanted.height !== size.height)) {
      const [before, now] = [wanted, size].map((s) => `${s.width}x${s.height}`);
      throw imageError(place, `is ${now}, but the ones before are ${before}`, {
        hint: "One feature has one size; split the recording where the camera was changed.",
      });
    }
    if (this.#output !== undefined) return this.#output;
    const encoder = await openEncoder(this.#libav, video, size, fps);
    try {
      const muxer = await Mp4Muxer.create(this.#libav, path, fps, (parameters) =>
        parameters.fromContext(encoder),
      );
      this.#output = { size, encoder, muxer };
      return this.#output;
    } catch (error) {
      encoder.freeContext();
      throw error;
    }
  }

  async #sample(decoded: Frame, repeat: number): Promise<void> {
    let times = 0;
    for (let shown = 0; shown < repeat; shown++) {
      if (this.#options.sampled(this.#frame + shown)) times += 1;
    }
    if (times === 0) return;
    const layout = pixelLayout(this.#libav, decoded);
    if (layout !== undefined) {
      this.#histogram.add(decoded, layout, times);
      return;
    }
    const rgb = await this.#toRgb.convert(decoded);
    const rgbLayout = pixelLayout(this.#libav, rgb);
    if (rgbLayout !== undefined) this.#histogram.add(rgb, rgbLayout, times);
  }

  /** Sends one picture (null: the end) and writes every packet that is ready. */
  async #encode({ encoder, muxer }: Output, picture: Frame | null): Promise<void> {
    const { codec } = this.#options.video;
    const what = `${describeOrigin(this.#options)}: encoding frame ${this.#frame} with ${codec}`;
    const sent = await encoder.sendFrame(picture);
    if (sent < 0) throw videoError(this.#libav, sent, what);
    for (;;) {
      // Sending encodes the picture; afterwards there is only a packet to fetch, except at the end.
      const received =
        picture === null
          ? await encoder.receivePacket(this.#packet)
          : encoder.receivePacketSync(this.#packet);
      if (isDrained(this.#libav, received)) return;
      if (received < 0) throw videoError(this.#libav, received, what);
      if (this.#packet.pts !== BigInt(muxer.frames)) {
        throw invalidVideo(muxer.path, `${codec} gave frame ${this.#packet.pts} out of order`);
      }
      await muxer.write(this.#packet);
      this.#packet.unref();
    }
  }
}
