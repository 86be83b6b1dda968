import { existsSync } from "node:fs";
import { symlink } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cameraOptions,
  temporaryDirectory,
  videoSettings,
  writeVideo,
} from "../../test/support/camera.js";
import { gradient, jpegImage, pngImage, rawImage } from "../../test/support/pictures.js";
import { CameraWriter } from "./camera-writer.js";

const jpeg = await jpegImage(gradient(64, 48));
const png = await pngImage(gradient(64, 48));
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

describe("CameraWriter refuses", () => {
  it("an image that is cut off, wherever", async () => {
    await using writer = await CameraWriter.open(cameraOptions(directory.file("cut.mp4")));
    await writer.write(jpeg, 1);
    for (const image of [jpeg, png]) {
      for (let length = 0; length < image.data.length; length++) {
        const cut = { ...image, data: image.data.subarray(0, length) };
        await expect(writer.write(cut, 1), `${length} bytes`).rejects.toMatchObject({
          code: "ERR_ROBOFLOW_DATASET_IMAGE",
          permanence: "permanent",
        });
      }
    }
  });

  it("a truncated JPEG, naming topic, feature and frame", async () => {
    await using writer = await CameraWriter.open(cameraOptions(directory.file("message.mp4")));
    await writer.write(jpeg, 4);
    const cut = { ...jpeg, data: jpeg.data.subarray(0, jpeg.data.length >> 1) };
    await expect(writer.write(cut, 1)).rejects.toThrow(
      'topic "/top" (feature "observation.images.top"): the image of frame 4 is a truncated JPEG',
    );
  });

  it("every changed byte of a PNG, as it has checksums", async () => {
    await using writer = await CameraWriter.open(cameraOptions(directory.file("png.mp4")));
    await writer.write(png, 1);
    for (let at = 0; at < png.data.length; at++) {
      const data = png.data.slice();
      data[at] = (data[at] ?? 0) ^ 0xff;
      await expect(writer.write({ ...png, data }, 1), `byte ${at}`).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_DATASET_IMAGE",
      });
    }
  });

  /*
   * A JPEG has no checksum, and a changed byte may give another valid picture. What must never
   * happen is a crash, a picture of another size or an error without a code.
   */
  it("a damaged JPEG, or takes it as a picture of the same size", async () => {
    const path = directory.file("jpeg.mp4");
    const writer = await CameraWriter.open(cameraOptions(path));
    await writer.write(jpeg, 1);
    let [taken, refused] = [1, 0];
    const changes = fc.array(fc.tuple(fc.nat(jpeg.data.length - 3), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    const damage = fc.asyncProperty(changes, async (bytes) => {
      const data = jpeg.data.slice();
      for (const [at, value] of bytes) data[2 + at] = value;
      try {
        await writer.write({ ...jpeg, data }, 1);
        taken += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_ROBOFLOW_DATASET_IMAGE" });
        refused += 1;
      }
    });
    await fc.assert(damage, { numRuns: 300, seed: 1 });
    expect(refused).toBeGreaterThan(50);
    expect((await writer.finish()).frames).toBe(taken);
    await writer[Symbol.asyncDispose]();
  });

  it("data of another format than the message says", async () => {
    await expect(
      writeVideo(directory.file("format.mp4"), [{ ...jpeg, format: "png" }]),
    ).rejects.toThrow("the image of frame 0 is said to be png but holds jpeg");
  });

  it("an image of another size than those before, naming both", async () => {
    const images = [rawImage(gradient(64, 48)), rawImage(gradient(64, 64))];
    await expect(writeVideo(directory.file("size.mp4"), images)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_IMAGE",
      message:
        'topic "/top" (feature "observation.images.top"): the image of frame 1 is 64x64, but the ones before are 64x48',
      hint: "One feature has one size; split the recording where the camera was changed.",
    });
  });

  it("options that the encoder refuses, naming them", async () => {
    const refused = writeVideo(directory.file("refused.mp4"), [rawImage(gradient(2, 2))], {
      video: videoSettings({ codec: "libx265" }),
    });
    await expect(refused).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_VIDEO",
      permanence: "permanent",
      message:
        "opening libx265 for 2x2 pictures with preset = fast, profile = unset, pixel_format = yuv420p, crf = 24 failed: Invalid argument",
    });
  });

  it("pictures too small for AV1, where the encoder would hang", async () => {
    const refused = writeVideo(directory.file("small.mp4"), [rawImage(gradient(16, 16))], {
      video: videoSettings({ codec: "libsvtav1" }),
    });
    await expect(refused).rejects.toThrow(
      "libsvtav1 can't encode 16x16 pictures: it needs 64x64 or more",
    );
  });

  it("to finish without a frame", async () => {
    await expect(writeVideo(directory.file("none.mp4"), [])).rejects.toThrow(
      /none\.mp4: no frame was written/,
    );
  });

  it("a directory that does not exist", async () => {
    const path = directory.file("missing/video.mp4");
    await expect(writeVideo(path, [rawImage(gradient(64, 48))])).rejects.toThrow(
      `creating ${path} failed: No such file or directory`,
    );
  });
});

// Linux has a device that is always full.
describe.runIf(existsSync("/dev/full"))("on a full disk", () => {
  it("fails as transient, says so, and removes what it created", async () => {
    const path = directory.file("full.mp4");
    await symlink("/dev/full", path);
    const images = Array.from({ length: 8 }, (_, step) => rawImage(gradient(640, 480, step)));
    const video = videoSettings({ crf: 1 });
    await expect(writeVideo(path, images, { video })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_VIDEO",
      permanence: "transient",
      message: expect.stringMatching(/failed: the disk is full$/),
      cause: expect.any(Error),
    });
    expect(existsSync(path)).toBe(false);
  });
});
