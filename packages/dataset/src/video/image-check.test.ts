import { describe, expect, it } from "vitest";
import { gradient, pngImage, rawImage } from "../../test/support/pictures.js";
import { checkImage } from "./image-check.js";
import type { ImageMessage } from "./image-message.js";

const place = { topic: "/top", feature: "observation.images.top", frame: 7 };
const raw = rawImage(gradient(64, 48));

function problem(image: ImageMessage): unknown {
  try {
    checkImage(image, place, "yuv420p");
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("checkImage", () => {
  it("gives the size", () => {
    expect(checkImage(raw, place, "yuv420p")).toEqual({ width: 64, height: 48 });
  });

  it("names topic, feature, frame and size of an odd image and says what to do", () => {
    expect(problem(rawImage(gradient(63, 48)))).toMatchObject({
      name: "DatasetError",
      code: "ERR_ROBOFLOW_DATASET_IMAGE",
      permanence: "permanent",
      message:
        'topic "/top" (feature "observation.images.top"): the image of frame 7 is 63x48, but yuv420p video needs even sides',
      hint: 'Set [video] pixel_format = "yuv444p", or record the camera with an even size.',
    });
  });

  it("takes odd sides where each pixel has its own colour", () => {
    expect(checkImage(rawImage(gradient(63, 47)), place, "yuv444p")).toEqual({
      width: 63,
      height: 47,
    });
  });

  it("takes a last row without padding, and no less", () => {
    const padded = rawImage(gradient(64, 48), "bgr8", 10);
    const { data } = padded;
    expect(problem({ ...padded, data: data.subarray(0, -10) })).toBeUndefined();
    expect(problem({ ...padded, data: data.subarray(0, -11) })).toMatchObject({
      message: expect.stringContaining("has 9685 bytes, but 48 rows of 202 bytes take 9696"),
    });
  });

  it.each([
    [{ ...raw, width: 0 }, "has an impossible size of 0x48"],
    [{ ...raw, height: 0 }, "has an impossible size of 64x0"],
    [
      { ...raw, width: 20_000, height: 1, step: 60_000, data: new Uint8Array(60_000) },
      "has an impossible size of 20000x1",
    ],
    [{ ...raw, step: 100 }, "has a step of 100 bytes, but a row of 64 rgb8 pixels takes 192"],
    [{ ...raw, data: new Uint8Array(5) }, "has 5 bytes, but 48 rows of 192 bytes take 9216"],
  ])("refuses a raw image that can't be: %#", (image, text) => {
    expect(problem(image)).toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_IMAGE",
      message: `topic "/top" (feature "observation.images.top"): the image of frame 7 ${text}`,
    });
  });

  it("refuses 16 bits a channel", async () => {
    expect(problem(await pngImage(gradient(8, 8), "rgb48be"))).toMatchObject({
      message: expect.stringContaining("has 16 bits a channel; only 8 are supported"),
    });
  });
});
