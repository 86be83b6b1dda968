import { describe, expect, it } from "vitest";
import { TimeGrid } from "../align/time-grid.js";
import { LerobotConfig } from "../config/lerobot-config.js";
import { CameraTrack } from "./camera-track.js";
import { PictureFlow, type Picture } from "./picture-flow.js";
import { Sample } from "./sample.js";

const grid = new TimeGrid(1_760_000_000_000_000_000n, 30, 10);
const { mappings } = LerobotConfig.fromToml(
  '[dataset]\nname = "t"\nfps = 30\n[[mappings]]\ntopic = "/cam"\nfeature = "cam"\nmapping_type = "image"',
);

/** The picture that reaches the encoder of a raw 4x2 image at `offset` of a buffer of `size` bytes. */
async function pictureFrom(size: number, offset: number): Promise<Picture | void> {
  const data = new Uint8Array(size).fill(7).subarray(offset, offset + 8);
  const value = { encoding: "mono8", width: 4, height: 2, step: 4, data };
  const message = { topic: "/cam", channelId: 1, sequence: 0, data };
  const times = { logTime: grid.start, publishTime: grid.start };
  const sample = new Sample({ decode: () => value }, { ...message, ...times }, grid, "log");
  const queue = new PictureFlow({ perCamera: 9, pictures: 9, bytes: 9999 }).open();
  const [mapping] = mappings;
  if (mapping?.mapping_type !== "image") throw new Error("needs an image mapping");
  new CameraTrack(mapping, queue).take(sample, 2, 5);
  return (await queue[Symbol.asyncIterator]().next()).value;
}

describe("CameraTrack", () => {
  it("hands on an image with the number of frames that show it", async () => {
    expect(await pictureFrom(8, 0)).toEqual({
      image: {
        kind: "raw",
        encoding: "mono8",
        width: 4,
        height: 2,
        step: 4,
        data: new Uint8Array(8).fill(7),
      },
      repeat: 3,
    });
  });

  it("keeps no chunk in memory while a small image of it waits", async () => {
    const waiting = await pictureFrom(1_000_000, 500);
    expect(waiting?.image.data).toEqual(new Uint8Array(8).fill(7));
    expect(waiting?.image.data.buffer.byteLength).toBe(8);
  });
});
