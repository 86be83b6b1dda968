import { describe, expect, it } from "vitest";
import { gradient, jpegImage, pngImage } from "../../test/support/pictures.js";
import { detectImageFormat, parseRawEncoding } from "./image-message.js";

const origin = { topic: "/top", feature: "observation.images.top" };
const jpeg = (await jpegImage(gradient(8, 8))).data;
const png = (await pngImage(gradient(8, 8))).data;

describe("detectImageFormat", () => {
  it.each(["jpeg", "jpg", "rgb8; jpeg compressed bgr8", "", "png"])(
    "finds a JPEG whatever the message says: %j",
    (format) => {
      expect(detectImageFormat(format, jpeg, origin)).toBe("jpeg");
    },
  );

  it("finds a PNG", () => {
    expect(detectImageFormat("bgr8; png compressed bgr8", png, origin)).toBe("png");
  });

  it.each(["16UC1; compressedDepth png", "16UC1; png compressed", "32FC1; compressedDepth rvl"])(
    "refuses depth images: %j",
    (format) => {
      expect(() => detectImageFormat(format, png, origin)).toThrow(
        `topic "/top" (feature "observation.images.top"): depth images are not supported (the message says "${format}")`,
      );
    },
  );

  it("names what the message says of an unknown format", () => {
    expect(() => detectImageFormat("webp", Buffer.from("RIFFxxxx"), origin)).toThrow(
      'images that are neither JPEG nor PNG are not supported (the message says "webp")',
    );
  });

  it("says that a message is empty", () => {
    expect(() => detectImageFormat("jpeg", new Uint8Array(), origin)).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_DATASET_IMAGE",
        permanence: "permanent",
        message: 'topic "/top" (feature "observation.images.top"): an image message is empty',
      }),
    );
  });
});

describe("parseRawEncoding", () => {
  it.each(["rgb8", "bgr8", "mono8"])("takes %s", (encoding) => {
    expect(parseRawEncoding(encoding, origin)).toBe(encoding);
  });

  it.each(["16UC1", "32FC1", "bayer_rggb8", "toString"])("refuses %s, naming it", (encoding) => {
    expect(() => parseRawEncoding(encoding, origin)).toThrow(
      `topic "/top" (feature "observation.images.top"): raw images with encoding "${encoding}" are not supported`,
    );
  });
});
