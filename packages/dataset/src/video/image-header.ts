/** What the first bytes of a compressed image say, or why they are no complete image. */
export type ImageHeader =
  | { kind: "complete"; width: number; height: number; bitDepth: number }
  | { kind: "broken"; problem: string };

const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const PNG_CHUNK_OVERHEAD = 12;
const JPEG_END = Buffer.from([0xff, 0xd9]);

const broken = (problem: string): ImageHeader => ({ kind: "broken", problem });

/** The image format that the first bytes announce, whatever the message says. */
export function sniffImageFormat(data: Uint8Array): "jpeg" | "png" | undefined {
  if (data[0] === 0xff && data[1] === 0xd8) return "jpeg";
  return PNG_SIGNATURE.equals(data.subarray(0, PNG_SIGNATURE.length)) ? "png" : undefined;
}

/**
 * Reads the size from a JPEG (ITU-T T.81, annex B) or PNG (RFC 2083) and checks that the file
 * reaches its end marker: decoders fill up what is missing and call it a picture.
 */
export function readImageHeader(format: "jpeg" | "png", data: Uint8Array): ImageHeader {
  if (data.length === 0) return broken("is empty");
  const found = sniffImageFormat(data);
  if (found !== format) return broken(`is said to be ${format} but holds ${found ?? "neither"}`);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return format === "jpeg" ? readJpeg(bytes) : readPng(bytes);
}

function readJpeg(data: Buffer): ImageHeader {
  let frame: { width: number; height: number; bitDepth: number } | undefined;
  let at = 2;
  while (at + 4 <= data.length) {
    if (data[at] !== 0xff) return broken("is a damaged JPEG: a marker is missing");
    const marker = data[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = data.readUInt16BE(at + 2);
    const startOfFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (startOfFrame && at + 9 <= data.length) {
      const [bitDepth, height, width] = [
        data.readUInt8(at + 4),
        data.readUInt16BE(at + 5),
        data.readUInt16BE(at + 7),
      ];
      frame = { width, height, bitDepth };
    }
    if (marker === 0xda) {
      if (frame === undefined) return broken("is a damaged JPEG: it has no frame header");
      // Looked for behind the scan's start, as a thumbnail before it ends in the same marker.
      if (data.lastIndexOf(JPEG_END) < at) return broken("is a truncated JPEG");
      return { kind: "complete", ...frame };
    }
    at += 2 + length;
  }
  return broken("is a truncated JPEG");
}

function readPng(data: Buffer): ImageHeader {
  const header = PNG_SIGNATURE.length + 8;
  if (data.length < header + 13) return broken("is a truncated PNG");
  let at = PNG_SIGNATURE.length;
  while (at + PNG_CHUNK_OVERHEAD <= data.length) {
    if (data.toString("latin1", at + 4, at + 8) === "IEND") {
      return {
        kind: "complete",
        width: data.readUInt32BE(header),
        height: data.readUInt32BE(header + 4),
        bitDepth: data.readUInt8(header + 8),
      };
    }
    at += PNG_CHUNK_OVERHEAD + data.readUInt32BE(at);
  }
  return broken("is a truncated PNG");
}
