import { expect, it } from "vitest";
import { directoryUrl } from "./directory-url.js";

it.each([
  ["out/", "file:///home/ada/out"],
  ["/", "file:///"],
  ["s3://datasets/pick//", "s3://datasets/pick"],
  ["s3://datasets", "s3://datasets"],
])("%s is %s", (given, url) => {
  expect(directoryUrl(given, "/home/ada")).toBe(url);
});

it.each(["s3://", "s3:///pick", "oss://"])("%s names no bucket", (given) => {
  expect(() => directoryUrl(given, "/home/ada")).toThrow(`${given} names no bucket`);
});
