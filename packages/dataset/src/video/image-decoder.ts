import type { CodecContext, Frame, Packet } from "node-av/lib";
import { imageError, type ImagePlace, type ImageSize } from "./image-check.js";
import { RAW_CHANNELS, type ImageMessage, type RawEncoding } from "./image-message.js";
import { libavError, type Libav } from "./libav.js";

/**
 * Turns image messages into native frames. Compressed pixels stay native; raw rows are copied once.
 * One image at a time: each `decode` replaces the frame of the one before.
 */
export class ImageDecoder implements Disposable {
  readonly #libav: Libav;
  readonly #packet: Packet;
  readonly #frame: Frame;
  readonly #decoders = new Map<"jpeg" | "png", CodecContext>();

  constructor(libav: Libav) {
    this.#libav = libav;
    this.#packet = new libav.lib.Packet();
    this.#packet.alloc();
    this.#frame = new libav.lib.Frame();
    this.#frame.alloc();
  }

  /**
   * The image as a frame of its own pixel format, valid until the next call.
   *
   * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE` if the data is damaged or does not have the
   *   size that its header announced.
   */
  async decode(image: ImageMessage, size: ImageSize, place: ImagePlace): Promise<Frame> {
    this.#frame.unref();
    if (image.kind === "raw") this.#copyRaw(image);
    else await this.#decodeCompressed(image, place);
    const { width, height } = this.#frame;
    if (width !== size.width || height !== size.height) {
      throw imageError(
        place,
        `is damaged: its header says ${size.width}x${size.height}, its data ${width}x${height}`,
      );
    }
    return this.#frame;
  }

  [Symbol.dispose](): void {
    for (const decoder of this.#decoders.values()) decoder.freeContext();
    this.#decoders.clear();
    this.#packet.free();
    this.#frame.free();
  }

  async #decodeCompressed(
    image: Extract<ImageMessage, { kind: "compressed" }>,
    place: ImagePlace,
  ): Promise<void> {
    const decoder = this.#decoders.get(image.format) ?? (await this.#open(image.format));
    const { buffer, byteOffset, byteLength } = image.data;
    this.#packet.unref();
    this.#packet.data = Buffer.from(buffer, byteOffset, byteLength);
    // Else the PNG decoder adds the image to the one before it.
    this.#packet.isKeyframe = true;
    // An image decoder does its work when it is sent the packet, so only that call needs a thread.
    const sent = await decoder.sendPacket(this.#packet);
    const received = sent < 0 ? sent : decoder.receiveFrameSync(this.#frame);
    if (received < 0) {
      decoder.flushBuffers();
      throw imageError(place, `is a damaged ${image.format.toUpperCase()}`, {
        cause: libavError(this.#libav, received, `decoding ${image.format}`),
      });
    }
    const { AV_FRAME_FLAG_CORRUPT } = this.#libav.constants;
    if (this.#frame.hasFlags(AV_FRAME_FLAG_CORRUPT) || this.#frame.decodeErrorFlags !== 0) {
      throw imageError(place, `is a damaged ${image.format.toUpperCase()}`);
    }
  }

  async #open(format: "jpeg" | "png"): Promise<CodecContext> {
    const { lib, constants } = this.#libav;
    const codec = lib.Codec.findDecoder(
      format === "jpeg" ? constants.AV_CODEC_ID_MJPEG : constants.AV_CODEC_ID_PNG,
    );
    if (codec === null) throw new Error(`this build of FFmpeg has no ${format} decoder`);
    const decoder = new lib.CodecContext();
    decoder.allocContext3(codec);
    this.#decoders.set(format, decoder);
    // Frame threads would hand out an image only after the next ones came in.
    decoder.threadCount = 1;
    // FFmpeg paints over damage unless it is told to fail.
    const { AV_OPT_TYPE_STRING } = constants;
    decoder.setOption("err_detect", "crccheck+bitstream+buffer+explode", AV_OPT_TYPE_STRING);
    const opened = await decoder.open2(codec);
    if (opened < 0) throw libavError(this.#libav, opened, `opening the ${format} decoder`);
    return decoder;
  }

  #copyRaw(image: Extract<ImageMessage, { kind: "raw" }>): void {
    const { constants } = this.#libav;
    const formats = {
      rgb8: constants.AV_PIX_FMT_RGB24,
      bgr8: constants.AV_PIX_FMT_BGR24,
      mono8: constants.AV_PIX_FMT_GRAY8,
    } satisfies Record<RawEncoding, unknown>;
    const frame = this.#frame;
    frame.format = formats[image.encoding];
    frame.width = image.width;
    frame.height = image.height;
    frame.colorRange = constants.AVCOL_RANGE_JPEG;
    const allocated = frame.getBuffer();
    if (allocated < 0) throw libavError(this.#libav, allocated, "allocating a frame");
    const target = frame.data?.[0];
    const pitch = frame.linesize[0];
    if (target === undefined || pitch === undefined) throw new Error("a new frame has no plane");
    const rowBytes = image.width * RAW_CHANNELS[image.encoding];
    for (let row = 0; row < image.height; row++) {
      const from = row * image.step;
      target.set(image.data.subarray(from, from + rowBytes), row * pitch);
    }
  }
}
