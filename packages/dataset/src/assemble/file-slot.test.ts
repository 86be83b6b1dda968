import { expect, it } from "vitest";
import { dataPath, FIRST_SLOT, nextSlot, videoPath } from "./file-slot.js";

it("counts 1000 files in a chunk, then opens the next", () => {
  expect(nextSlot(FIRST_SLOT)).toEqual({ chunk: 0, file: 1 });
  expect(nextSlot({ chunk: 0, file: 999 })).toEqual({ chunk: 1, file: 0 });
});

it("pads to three digits and uses the whole feature name", () => {
  expect(dataPath({ chunk: 0, file: 7 })).toBe("data/chunk-000/file-007.parquet");
  expect(videoPath("observation.images.top", { chunk: 12, file: 999 })).toBe(
    "videos/observation.images.top/chunk-012/file-999.mp4",
  );
});
