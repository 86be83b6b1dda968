import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradient, jpegImage, pngImage } from "../../test/support/pictures.js";
import { readImageHeader, sniffImageFormat } from "./image-header.js";

const jpeg = (await jpegImage(gradient(64, 48))).data;
const png = (await pngImage(gradient(50, 31))).data;

/** The JPEG with a segment before its own that holds a whole other JPEG, as EXIF thumbnails do. */
function withThumbnail(data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + jpeg.length, 2);
  return Buffer.concat([data.subarray(0, 2), head, jpeg, data.subarray(2)]);
}

describe("readImageHeader", () => {
  it("reads the size of a JPEG", () => {
    expect(readImageHeader("jpeg", jpeg)).toEqual({
      kind: "complete",
      width: 64,
      height: 48,
      bitDepth: 8,
    });
  });

  it("reads the size and depth of a PNG", async () => {
    expect(readImageHeader("png", png)).toMatchObject({ width: 50, height: 31, bitDepth: 8 });
    const deep = await pngImage(gradient(8, 8), "rgb48be");
    expect(readImageHeader("png", deep.data)).toMatchObject({ bitDepth: 16 });
  });

  it("takes bytes after the end marker, as some cameras pad their images", () => {
    const padded = Buffer.concat([jpeg, Buffer.alloc(100)]);
    expect(readImageHeader("jpeg", padded).kind).toBe("complete");
  });

  it.each([
    ["jpeg", jpeg],
    ["png", png],
  ] as const)("finds every way to cut off a %s", (format, data) => {
    for (let length = 0; length < data.length; length++) {
      const header = readImageHeader(format, data.subarray(0, length));
      // The last bytes of a PNG are a checksum, which the decoder compares.
      if (format === "png" && length >= data.length - 4) continue;
      expect(header.kind, `${length} of ${data.length} bytes`).toBe("broken");
    }
  });

  it("does not take the end of a thumbnail for the end of the image", () => {
    const whole = withThumbnail(jpeg);
    expect(readImageHeader("jpeg", whole)).toMatchObject({ kind: "complete", width: 64 });
    expect(readImageHeader("jpeg", whole.subarray(0, whole.length - 1))).toEqual({
      kind: "broken",
      problem: "is a truncated JPEG",
    });
  });

  it("says when the data is of another format", () => {
    expect(readImageHeader("png", jpeg)).toEqual({
      kind: "broken",
      problem: "is said to be png but holds jpeg",
    });
    expect(readImageHeader("jpeg", Buffer.from("hello"))).toEqual({
      kind: "broken",
      problem: "is said to be jpeg but holds neither",
    });
    expect(readImageHeader("jpeg", new Uint8Array())).toEqual({
      kind: "broken",
      problem: "is empty",
    });
  });

  it("never throws and always ends, whatever the bytes", () => {
    const damaged = fc.tuple(
      fc.constantFrom(["jpeg", jpeg] as const, ["png", png] as const),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 20 }),
    );
    fc.assert(
      fc.property(damaged, ([[format, data], changes]) => {
        const copy = Buffer.from(data);
        for (const [at, value] of changes) copy[2 + (at % (copy.length - 2))] = value;
        expect(["complete", "broken"]).toContain(readImageHeader(format, copy).kind);
      }),
    );
  });
});

describe("sniffImageFormat", () => {
  it("goes by the first bytes", () => {
    expect(sniffImageFormat(jpeg)).toBe("jpeg");
    expect(sniffImageFormat(png)).toBe("png");
    expect(sniffImageFormat(Buffer.from("GIF89a"))).toBeUndefined();
  });
});
