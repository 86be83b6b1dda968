import { join } from "node:path";
import * as constants from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  SoftwareScaleContext,
} from "node-av/lib";

/*
 * What no conversion can be faster than: the same decode, conversion of range, encode and mux, by
 * plain calls of FFmpeg, with the JPEGs already in memory and the cameras in parallel. Shares no
 * code with the product on purpose.
 */

const FPS = 30;
const WIDTH = 640;
const HEIGHT = 480;
const THREADS = 4;
const TICKS = 512;
const { AV_OPT_TYPE_STRING: TEXT } = constants;

/** Encodes so many seconds of each camera's pictures, repeated; returns wall milliseconds. */
export async function encodeFromMemory(
  cameras: readonly (readonly Uint8Array[])[],
  seconds: number,
  directory: string,
): Promise<number> {
  Log.setLevel(constants.AV_LOG_QUIET);
  const started = performance.now();
  await Promise.all(
    cameras.map((pictures, index) =>
      encodeCamera(pictures, seconds * FPS, join(directory, `peer-${index}.mp4`)),
    ),
  );
  return performance.now() - started;
}

async function encodeCamera(
  pictures: readonly Uint8Array[],
  frames: number,
  path: string,
): Promise<void> {
  using decoder = new CodecContext();
  decoder.allocContext3(found(Codec.findDecoder(constants.AV_CODEC_ID_MJPEG)));
  decoder.threadCount = 1;
  ok(await decoder.open2());

  using scaler = new SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption("sws_flags", "bicubic+accurate_rnd+bitexact", TEXT);
  scaler.setOption("threads", "1", TEXT);

  const codec = found(Codec.findEncoderByName(constants.FF_ENCODER_LIBX264));
  using encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = WIDTH;
  encoder.height = HEIGHT;
  encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
  encoder.timeBase = new Rational(1, FPS);
  encoder.framerate = new Rational(FPS, 1);
  encoder.gopSize = 2;
  encoder.maxBFrames = 0;
  encoder.threadCount = THREADS;
  encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  const options = { crf: "18", preset: "fast", sc_threshold: "0" };
  for (const [name, value] of Object.entries(options)) ok(encoder.setOption(name, value, TEXT));
  ok(await encoder.open2(codec));

  await using output = new FormatContext();
  ok(output.allocOutputContext2(null, "mp4", path));
  const stream = output.newStream(null);
  ok(stream.codecpar.fromContext(encoder));
  stream.timeBase = new Rational(1, FPS * TICKS);
  ok(await output.openOutput());
  using muxing = Dictionary.fromObject({ movflags: "+faststart", use_editlist: 0 });
  ok(await output.writeHeader(muxing));

  using jpeg = new Packet();
  using packet = new Packet();
  using decoded = new Frame();
  using picture = new Frame();
  for (const native of [jpeg, packet, decoded, picture]) native.alloc();
  picture.width = WIDTH;
  picture.height = HEIGHT;
  picture.format = constants.AV_PIX_FMT_YUV420P;
  ok(picture.getBuffer());

  const writePackets = async (): Promise<void> => {
    while ((await encoder.receivePacket(packet)) >= 0) {
      packet.streamIndex = 0;
      packet.pts *= BigInt(TICKS);
      packet.dts *= BigInt(TICKS);
      packet.duration = BigInt(TICKS);
      ok(await output.writeFrame(packet));
      packet.unref();
    }
  };

  for (let frame = 0; frame < frames; frame++) {
    const data = found(pictures[frame % pictures.length]);
    jpeg.unref();
    jpeg.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    ok(await decoder.sendPacket(jpeg));
    ok(await decoder.receiveFrame(decoded));
    ok(picture.makeWritable());
    picture.colorRange = constants.AVCOL_RANGE_MPEG;
    picture.chromaLocation = decoded.chromaLocation;
    ok(await scaler.scaleFrame(picture, decoded));
    picture.pts = BigInt(frame);
    ok(await encoder.sendFrame(picture));
    await writePackets();
  }
  ok(await encoder.sendFrame(null));
  await writePackets();
  ok(await output.writeTrailer());
  await output.closeOutput();
}

function ok(code: number): void {
  if (code < 0) throw new Error(`FFmpeg returned ${code}`);
}

function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("FFmpeg lacks a codec");
  return value;
}
