import type { Frame } from "node-av/lib";
import type { ImageStats } from "./camera-options.js";
import type { PixelLayout } from "./pixel-layout.js";

const LEVELS = 256;
/** LeRobot thins pictures whose longer side reaches this ... */
const THIN_FROM = 300;
/** ... to about this many pixels, by taking every k-th. */
const THIN_TO = 150;

/** Distance between sampled pixels on both axes, as LeRobot thins pictures for its statistics. */
export function pixelStride(width: number, height: number): number {
  const longer = Math.max(width, height);
  return longer < THIN_FROM ? 1 : Math.trunc(longer / THIN_TO);
}

/** Counts how often each value 0..255 of R, G and B occurs in the sampled pixels of many frames. */
export class PixelHistogram {
  readonly #red = new Float64Array(LEVELS);
  readonly #green = new Float64Array(LEVELS);
  readonly #blue = new Float64Array(LEVELS);
  #frames = 0;

  /** Adds a picture that `times` sampled frames show. */
  add(frame: Frame, layout: PixelLayout, times: number): void {
    if (layout.kind === "yuv") this.#addYuv(frame, layout, times);
    else this.#addPacked(frame, layout, times);
    this.#frames += times;
  }

  result(): ImageStats {
    const histograms = [this.#red, this.#green, this.#blue].map((counts) => [...counts]);
    return { kind: "image", count: this.#frames, histograms };
  }

  #addPacked(frame: Frame, layout: Extract<PixelLayout, { kind: "packed" }>, times: number): void {
    const { width, height } = frame;
    const { pixels, pitch } = plane(frame, 0);
    const [red, green, blue] = [this.#red, this.#green, this.#blue];
    const stride = pixelStride(width, height);
    for (let y = 0; y < height; y += stride) {
      for (let x = 0; x < width; x += stride) {
        const at = y * pitch + x * layout.step;
        count(red, pixels[at + layout.red], times);
        count(green, pixels[at + layout.green], times);
        count(blue, pixels[at + layout.blue], times);
      }
    }
  }

  /** BT.601 (ITU-R BT.601-7, 2.5), full range as JFIF has it or limited, in 16-bit fixed point. */
  #addYuv(frame: Frame, layout: Extract<PixelLayout, { kind: "yuv" }>, times: number): void {
    const { width, height } = frame;
    const luma = plane(frame, 0);
    const cb = plane(frame, 1);
    const cr = plane(frame, 2);
    const [red, green, blue] = [this.#red, this.#green, this.#blue];
    const { shiftX, shiftY } = layout;
    const black = layout.fullRange ? 0 : 16;
    const lumaScale = Math.round(65_536 * (layout.fullRange ? 1 : 255 / 219));
    const chromaScale = 65_536 * (layout.fullRange ? 1 : 255 / 224);
    const crToRed = Math.round(1.402 * chromaScale);
    const cbToGreen = Math.round(0.344136 * chromaScale);
    const crToGreen = Math.round(0.714136 * chromaScale);
    const cbToBlue = Math.round(1.772 * chromaScale);
    const stride = pixelStride(width, height);
    for (let y = 0; y < height; y += stride) {
      const lumaRow = y * luma.pitch;
      const cbRow = (y >> shiftY) * cb.pitch;
      const crRow = (y >> shiftY) * cr.pitch;
      for (let x = 0; x < width; x += stride) {
        const grey = ((luma.pixels[lumaRow + x] ?? 0) - black) * lumaScale + 32_768;
        const u = (cb.pixels[cbRow + (x >> shiftX)] ?? 0) - 128;
        const v = (cr.pixels[crRow + (x >> shiftX)] ?? 0) - 128;
        count(red, clamp((grey + crToRed * v) >> 16), times);
        count(green, clamp((grey - cbToGreen * u - crToGreen * v) >> 16), times);
        count(blue, clamp((grey + cbToBlue * u) >> 16), times);
      }
    }
  }
}

function count(counts: Float64Array, level: number | undefined, times: number): void {
  if (level !== undefined) counts[level] = (counts[level] ?? 0) + times;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function plane(frame: Frame, index: number): { pixels: Uint8Array; pitch: number } {
  const pixels = frame.data?.[index];
  const pitch = frame.linesize[index];
  if (pixels === undefined || pitch === undefined) throw new Error(`frame has no plane ${index}`);
  return { pixels, pitch };
}
