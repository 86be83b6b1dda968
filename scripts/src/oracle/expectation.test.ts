import { expect, it } from "vitest";
import { joinExpectations } from "./expectation.js";

const first = {
  fps: 30,
  num_episodes: 1,
  num_frames: 65,
  num_frames_tolerance: 2,
  frames: [{ episode: 0, frame: 6 }],
};

it("allows no frame more or less", () => {
  expect(joinExpectations([first])).toMatchObject({
    fps: 30,
    num_frames: 65,
    num_frames_tolerance: 0,
    episode_lengths: [65],
  });
});

it("puts recordings one after the other as episodes", () => {
  const second = { ...first, num_frames: 66, frames: [{ episode: 0, frame: 2 }] };
  expect(joinExpectations([first, second])).toMatchObject({
    num_episodes: 2,
    num_frames: 131,
    episode_lengths: [65, 66],
    frames: [
      { episode: 0, frame: 6 },
      { episode: 1, frame: 2 },
    ],
  });
});

it("refuses to expect nothing", () => {
  expect(() => joinExpectations([])).toThrow("no recording");
});
