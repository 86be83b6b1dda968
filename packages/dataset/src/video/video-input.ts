import type { FormatContext, Packet, Stream } from "node-av/lib";
import { isDrained, loadLibav, type Libav } from "./libav.js";
import { invalidVideo, videoError } from "./video-error.js";

/** The one video track of a file, opened for reading. */
export class VideoInput implements AsyncDisposable {
  readonly libav: Libav;
  readonly stream: Stream;
  readonly #path: string;
  readonly #context: FormatContext;

  private constructor(libav: Libav, path: string, context: FormatContext, stream: Stream) {
    this.libav = libav;
    this.#path = path;
    this.#context = context;
    this.stream = stream;
  }

  /** @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO` if the file can't be read or has no video. */
  static async open(path: string): Promise<VideoInput> {
    const libav = await loadLibav();
    const context = new libav.lib.FormatContext();
    try {
      const opened = await context.openInput(path);
      if (opened < 0) throw videoError(libav, opened, `opening ${path}`);
      const analysed = await context.findStreamInfo();
      if (analysed < 0) throw videoError(libav, analysed, `reading ${path}`);
      const [stream, ...others] = context.streams;
      const isVideo = stream?.codecpar.codecType === libav.constants.AVMEDIA_TYPE_VIDEO;
      if (stream === undefined || !isVideo || others.length > 0) {
        throw invalidVideo(path, "does not hold exactly one video track");
      }
      return new VideoInput(libav, path, context, stream);
    } catch (error) {
      await context.closeInput();
      throw error;
    }
  }

  /** Every packet in file order. One packet is reused: it holds until the next one is asked for. */
  async *packets({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Packet> {
    using packet = new this.libav.lib.Packet();
    packet.alloc();
    for (;;) {
      signal?.throwIfAborted();
      const read = await this.#context.readFrame(packet);
      if (isDrained(this.libav, read)) return;
      if (read < 0) throw videoError(this.libav, read, `reading ${this.#path}`);
      yield packet;
      packet.unref();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.closeInput();
  }
}
