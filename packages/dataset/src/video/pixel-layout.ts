import type { AVPixelFormat } from "node-av/constants";
import type { Frame } from "node-av/lib";
import type { Libav } from "./libav.js";

/** Where a frame keeps its R, G and B, or Y, Cb and Cr, of 8 bits each. */
export type PixelLayout =
  | {
      kind: "packed";
      /** Bytes from one pixel to the next. */
      step: number;
      red: number;
      green: number;
      blue: number;
    }
  | {
      kind: "yuv";
      fullRange: boolean;
      /** log2 of the luma columns that share one chroma sample. */
      shiftX: number;
      /** log2 of the luma rows that share one chroma sample. */
      shiftY: number;
    };

const GREY = { kind: "packed", red: 0, green: 0, blue: 0 } as const;

const PACKED: Readonly<Record<string, PixelLayout>> = {
  gray: { ...GREY, step: 1 },
  ya8: { ...GREY, step: 2 },
  rgb24: { kind: "packed", step: 3, red: 0, green: 1, blue: 2 },
  bgr24: { kind: "packed", step: 3, red: 2, green: 1, blue: 0 },
  rgba: { kind: "packed", step: 4, red: 0, green: 1, blue: 2 },
};

const SUBSAMPLING: Readonly<Record<string, { shiftX: number; shiftY: number }>> = {
  "444": { shiftX: 0, shiftY: 0 },
  "440": { shiftX: 0, shiftY: 1 },
  "422": { shiftX: 1, shiftY: 0 },
  "420": { shiftX: 1, shiftY: 1 },
  "411": { shiftX: 2, shiftY: 0 },
};

/** The layout of what JPEG and PNG decoders give; undefined for the rare rest (palettes, planar RGB). */
export function pixelLayout({ lib, constants }: Libav, frame: Frame): PixelLayout | undefined {
  const name = lib.avGetPixFmtName(frame.format as AVPixelFormat) ?? "";
  const packed = PACKED[name];
  if (packed !== undefined) return packed;
  const planar = /^yuv(j?)(4\d\d)p$/.exec(name);
  const subsampling = SUBSAMPLING[planar?.[2] ?? ""];
  if (subsampling === undefined) return undefined;
  const fullRange = planar?.[1] === "j" || frame.colorRange === constants.AVCOL_RANGE_JPEG;
  return { kind: "yuv", fullRange, ...subsampling };
}
