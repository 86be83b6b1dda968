import { expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration } from "./format.js";

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [5 * 1024 ** 3, "5.0 GiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [3.45, "3.5 s"],
  [59.6, "60 s"],
  [125, "2 min 05 s"],
  [3720, "1 h 02 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it.each([
  [0, "0 jobs"],
  [1, "1 job"],
  [2, "2 jobs"],
])("%d of a job are %s", (count, text) => {
  expect(formatCount(count, "job")).toBe(text);
});
