import { expect, it } from "vitest";
import { differences, EXPECTED } from "./expected.js";

it("accepts what is expected, and more about it", () => {
  const features = {
    ...EXPECTED.features,
    timestamp: { dtype: "float32", shape: [1] },
    action: { dtype: "float32", shape: [7], names: null },
  };
  expect(differences({ ...EXPECTED, features }, EXPECTED)).toEqual([]);
});

it("names each number and feature that is off", () => {
  const actual = {
    ...EXPECTED,
    frames: 195,
    features: { action: { dtype: "float32", shape: [6] } },
  };
  expect(differences(actual, EXPECTED)).toEqual([
    "frames: 195, expected 196",
    'observation.state: missing, expected {"dtype":"float32","shape":[7]}',
    'action: {"dtype":"float32","shape":[6]}, expected {"dtype":"float32","shape":[7]}',
    'observation.images.cam_wrist: missing, expected {"dtype":"video","shape":[240,320,3]}',
  ]);
});
