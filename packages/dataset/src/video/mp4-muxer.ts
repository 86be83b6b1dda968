import { rm } from "node:fs/promises";
import type { CodecParameters, FormatContext, Packet, Stream } from "node-av/lib";
import type { Libav } from "./libav.js";
import { videoError } from "./video-error.js";

/** Ticks a second of a track: fps doubled up to 10,000 or more, as FFmpeg's own choice is. */
export function trackTimeScale(fps: number): number {
  let scale = fps;
  while (scale < 10_000) scale *= 2;
  return scale;
}

/**
 * Writes one video track as LeRobot's readers want it: frame k at exactly k/fps, no edit list, not
 * fragmented, index first, and nothing in the file that depends on the time or the machine.
 */
export class Mp4Muxer implements AsyncDisposable {
  readonly path: string;
  readonly #libav: Libav;
  readonly #context: FormatContext;
  readonly #stream: Stream;
  readonly #ticksPerFrame: bigint;
  #frames = 0;
  #open = true;

  private constructor(
    libav: Libav,
    path: string,
    context: FormatContext,
    stream: Stream,
    ticksPerFrame: number,
  ) {
    this.#libav = libav;
    this.path = path;
    this.#context = context;
    this.#stream = stream;
    this.#ticksPerFrame = BigInt(ticksPerFrame);
  }

  /** Creates the file. `describe` fills in the codec parameters of its track. */
  static async create(
    libav: Libav,
    path: string,
    fps: number,
    describe: (parameters: CodecParameters) => number,
  ): Promise<Mp4Muxer> {
    const { lib, constants } = libav;
    const context = new lib.FormatContext();
    const check = (code: number): void => {
      if (code < 0) throw videoError(libav, code, `creating ${path}`);
    };
    let created = false;
    try {
      check(context.allocOutputContext2(null, "mp4", path));
      context.setFlags(constants.AVFMT_FLAG_BITEXACT);
      const timeScale = trackTimeScale(fps);
      const stream = context.newStream(null);
      check(describe(stream.codecpar));
      // Players of Apple know H.265 only by this name.
      const isHevc = stream.codecpar.codecId === constants.AV_CODEC_ID_HEVC;
      stream.codecpar.codecTag = isHevc ? "hvc1" : 0;
      stream.timeBase = new lib.Rational(1, timeScale);
      stream.avgFrameRate = new lib.Rational(fps, 1);
      check(await context.openOutput());
      created = true;
      using options = lib.Dictionary.fromObject({
        movflags: "+faststart",
        use_editlist: 0,
        video_track_timescale: timeScale,
      });
      check(await context.writeHeader(options));
      return new Mp4Muxer(libav, path, context, stream, timeScale / fps);
    } catch (error) {
      await context.closeOutput();
      context.freeContext();
      if (created) await rm(path, { force: true });
      throw error;
    }
  }

  /** Packets written so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Appends the packet as the next frame, whatever time it carried; its data is given away. */
  async write(packet: Packet): Promise<void> {
    const time = BigInt(this.#frames) * this.#ticksPerFrame;
    packet.streamIndex = this.#stream.index;
    packet.pts = time;
    packet.dts = time;
    packet.duration = this.#ticksPerFrame;
    const written = await this.#context.writeFrame(packet);
    if (written < 0) throw videoError(this.#libav, written, `writing ${this.path}`);
    this.#frames += 1;
  }

  /** Writes the index and closes the file. */
  async finish(): Promise<void> {
    const written = await this.#context.writeTrailer();
    if (written < 0) throw videoError(this.#libav, written, `finishing ${this.path}`);
    await this[Symbol.asyncDispose]();
  }

  /** Closes the file as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#context.closeOutput();
    this.#context.freeContext();
  }
}
