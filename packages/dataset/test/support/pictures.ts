import type { AVPixelFormat } from "node-av/constants";
import type { Frame } from "node-av/lib";
import { FrameConverter } from "../../src/video/frame-converter.js";
import type { ImageMessage } from "../../src/video/image-message.js";
import { loadLibav, type Libav } from "../../src/video/libav.js";

export type Rgb = readonly [red: number, green: number, blue: number];

/** A picture by its pixels; `paint` gives the colour at a place. */
export interface Picture {
  width: number;
  height: number;
  paint(x: number, y: number): Rgb;
}

export function solid(width: number, height: number, colour: Rgb): Picture {
  return { width, height, paint: () => colour };
}

/** A smooth picture that moves with `step`, as one after the other from a camera would. */
export function gradient(width: number, height: number, step = 0): Picture {
  const paint = (x: number, y: number): Rgb => [
    Math.round((255 * x) / width),
    Math.round((255 * y) / height),
    (Math.round((128 * (x + y)) / (width + height)) + 8 * step) % 256,
  ];
  return { width, height, paint };
}

/** Interleaved rows in the order of `channels`, each row padded to `step` bytes. */
export function rawImage(
  picture: Picture,
  encoding: "rgb8" | "bgr8" | "mono8" = "rgb8",
  padding = 0,
): Extract<ImageMessage, { kind: "raw" }> {
  const { width, height } = picture;
  const order = { rgb8: [0, 1, 2], bgr8: [2, 1, 0], mono8: [0] }[encoding];
  const step = width * order.length + padding;
  const data = new Uint8Array(step * height).fill(0xaa);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = picture.paint(x, y);
      order.forEach((channel, index) => {
        data[y * step + x * order.length + index] = colour[channel] ?? 0;
      });
    }
  }
  return { kind: "raw", encoding, width, height, step, data };
}

export type JpegSampling = "420" | "422" | "444";

export async function jpegImage(
  picture: Picture,
  sampling: JpegSampling = "420",
): Promise<Extract<ImageMessage, { kind: "compressed" }>> {
  const libav = await loadLibav();
  const { constants } = libav;
  const formats = {
    "420": constants.AV_PIX_FMT_YUVJ420P,
    "422": constants.AV_PIX_FMT_YUVJ422P,
    "444": constants.AV_PIX_FMT_YUVJ444P,
  };
  const data = await encode(libav, picture, constants.AV_CODEC_ID_MJPEG, formats[sampling]);
  return { kind: "compressed", format: "jpeg", data };
}

export type PngFormat = "rgb24" | "rgba" | "gray" | "rgb48be" | "pal8";

export async function pngImage(
  picture: Picture,
  format: PngFormat = "rgb24",
): Promise<Extract<ImageMessage, { kind: "compressed" }>> {
  const libav = await loadLibav();
  const pixelFormat = libav.lib.avGetPixFmtFromName(format);
  const data = await encode(libav, picture, libav.constants.AV_CODEC_ID_PNG, pixelFormat);
  return { kind: "compressed", format: "png", data };
}

async function encode(
  libav: Libav,
  picture: Picture,
  codecId: Parameters<Libav["lib"]["Codec"]["findEncoder"]>[0],
  pixelFormat: AVPixelFormat,
): Promise<Uint8Array> {
  const { lib, constants } = libav;
  using source = rgbFrame(libav, picture);
  using converter = new FrameConverter(libav, pixelFormat, constants.AVCOL_RANGE_JPEG);
  using encoder = new lib.CodecContext();
  const codec = lib.Codec.findEncoder(codecId);
  encoder.allocContext3(codec);
  encoder.width = picture.width;
  encoder.height = picture.height;
  encoder.pixelFormat = pixelFormat;
  encoder.colorRange = constants.AVCOL_RANGE_JPEG;
  encoder.timeBase = new lib.Rational(1, 1);
  encoder.threadCount = 1;
  encoder.setOption("qmin", "1", constants.AV_OPT_TYPE_STRING);
  encoder.setOption("qmax", "2", constants.AV_OPT_TYPE_STRING);
  ok(await encoder.open2(codec), "open");
  const frame = await converter.convert(source);
  frame.pts = 0n;
  ok(await encoder.sendFrame(frame), "send");
  using packet = new lib.Packet();
  packet.alloc();
  let received = await encoder.receivePacket(packet);
  if (received < 0) {
    ok(await encoder.sendFrame(null), "flush");
    received = await encoder.receivePacket(packet);
  }
  ok(received, "receive");
  return new Uint8Array(packet.data ?? []);
}

function rgbFrame({ lib, constants }: Libav, picture: Picture): Frame {
  const raw = rawImage(picture);
  const frame = new lib.Frame();
  frame.alloc();
  frame.format = constants.AV_PIX_FMT_RGB24;
  frame.width = picture.width;
  frame.height = picture.height;
  frame.colorRange = constants.AVCOL_RANGE_JPEG;
  ok(frame.getBuffer(), "allocate");
  const [plane] = frame.data ?? [];
  const [pitch] = frame.linesize;
  for (let y = 0; y < picture.height; y++) {
    plane?.set(raw.data.subarray(y * raw.step, (y + 1) * raw.step), y * (pitch ?? 0));
  }
  return frame;
}

function ok(code: number, what: string): void {
  if (code < 0) throw new Error(`${what}: FFmpeg returned ${code}`);
}
