import { describe, expect, it } from "vitest";
import { convertGenerated } from "../../test/support/convert-generated.js";
import { counterImage } from "../../test/support/counter-picture.js";
import { rawImage, solid } from "../../test/support/pictures.js";
import type { GeneratedMessage } from "../../test/support/generated-recording.js";

const DATASET = '[dataset]\nname = "t"\nfps = 10\n';
const STATE = '[[mappings]]\ntopic = "/state"\nfeature = "observation.state"\n';
const CAMERA =
  '[[mappings]]\ntopic = "/cam"\nfeature = "observation.images.cam"\nmapping_type = "image"\n';

const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: "" };
const at = (index: number, value: unknown): GeneratedMessage => ({ time: index * 100e6, value });
const array = (...data: number[]) => ({ layout: {}, data });

function convertState(toml: string, ...values: readonly unknown[]) {
  const messages = values.map((value, index) => at(index, value));
  const topics = { "/state": { type: "std_msgs/msg/Float64MultiArray", messages } };
  return convertGenerated(toml, topics);
}

function convertCamera(type: string, ...messages: readonly GeneratedMessage[]) {
  return convertGenerated(DATASET + CAMERA, { "/cam": { type, messages } });
}

describe("convertRecording refuses", () => {
  it.each([
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [1e39, "1e+39"],
  ])("the value %d, naming topic, element and time", async (value, shown) => {
    await expect(convertState(DATASET + STATE, array(1, 2), array(1, value))).rejects.toMatchObject(
      {
        code: "ERR_ROBOFLOW_DATASET_FIELD",
        message: `topic /state (std_msgs/msg/Float64MultiArray) at 1760000000.100000000 s: element \`data_1\` is ${shown}, which no feature can hold`,
      },
    );
  });

  it("an array whose length changes, naming both lengths", async () => {
    await expect(convertState(DATASET + STATE, array(1, 2), array(1))).rejects.toThrow(
      "topic /state (std_msgs/msg/Float64MultiArray) at 1760000000.100000000 s: `data` has 1 values, the first message had 2",
    );
  });

  it("a message without a stamp when stamps place messages", async () => {
    const toml = DATASET.replace("fps = 10", 'fps = 10\ntime = "header"') + STATE;
    await expect(convertState(toml, array(1))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_FIELD",
      message:
        "topic /state at 1760000000.000000000 s: the message has no `header.stamp`, or it is zero",
    });
  });

  it("a frozen camera, naming frame, time and age", async () => {
    const messages = [0, 1, 2, 20].map((index) => at(index, counterImage(index)));
    await expect(convertCamera("sensor_msgs/msg/Image", ...messages)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_GAP",
      message:
        "topic /cam: the message for frame 13 at 1760000001.300000000 s (1.300 s into the episode) is 1100 ms away, more than max_age_ms allows (1000 ms)",
    });
  });

  it("an image of another size, naming the frame", async () => {
    const { encoding, ...size } = rawImage(solid(32, 32, [0, 0, 0]));
    const smaller = { header, is_bigendian: 0, encoding, ...size };
    const messages = [at(0, counterImage(0)), at(1, smaller)];
    await expect(convertCamera("sensor_msgs/msg/Image", ...messages)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_IMAGE",
      message: expect.stringMatching(/\/cam.*frame 1 .*32x32/),
    });
  });

  it("a broken JPEG, naming the frame", async () => {
    const jpeg = { header, format: "jpeg", data: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) };
    await expect(
      convertCamera("sensor_msgs/msg/CompressedImage", at(0, jpeg), at(1, jpeg)),
    ).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_IMAGE",
      message: expect.stringMatching(/\/cam.*frame 0 is a truncated JPEG/),
    });
  });

  it("a raw encoding that no video can hold, naming it", async () => {
    const depth = { ...counterImage(0), encoding: "16UC1" };
    await expect(convertCamera("sensor_msgs/msg/Image", at(0, depth))).rejects.toThrow(
      'raw images with encoding "16UC1" are not supported',
    );
  });

  it("an optional camera without images, whose size nothing tells", async () => {
    const toml = `${DATASET}${STATE}${CAMERA}optional = true\nfill = "black"\n`;
    await expect(convertState(toml, array(1))).rejects.toThrow(
      "topic /cam: it has no messages, so the size of camera observation.images.cam is unknown",
    );
  });

  it("an optional topic without messages, whose width nothing tells", async () => {
    const other = STATE.replace("/state", "/other").replace("observation.state", "other");
    const toml = `${DATASET}${STATE}${other}optional = true\nfill = 0\n`;
    await expect(convertState(toml, array(1))).rejects.toThrow(
      "topic /other: it has no messages, so the number of elements of feature other is unknown",
    );
  });

  it("a fill that does not fit the messages", async () => {
    const late =
      '[[mappings]]\ntopic = "/late"\nfeature = "late"\noptional = true\nfill = [0, 0, 0]\n';
    const type = "std_msgs/msg/Float64MultiArray";
    const topics = {
      "/state": { type, messages: [at(0, array(1)), at(3, array(1))] },
      "/late": { type, messages: [at(2, array(1, 2))] },
    };
    await expect(convertGenerated(DATASET + STATE + late, topics)).rejects.toThrow(
      "topic /late: `fill` has 3 values, the mapping 2 elements",
    );
  });
});
