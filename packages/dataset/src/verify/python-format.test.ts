import { expect, it } from "vitest";
import { formatPath } from "./python-format.js";

it("fills in names and padded integers", () => {
  const template = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";
  expect(formatPath(template, { video_key: "a.b", chunk_index: 7, file_index: 1234 })).toBe(
    "videos/a.b/chunk-007/file-1234.mp4",
  );
  expect(formatPath("{other}", {})).toBe("{other}");
});
