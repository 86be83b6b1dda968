import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directoryTarget, objectTarget, urlOfKey } from "./s3-url.js";

it.each([
  ["s3://robots/run.mcap", "robots", "run.mcap"],
  ["oss://robots/a%20b/%231%3F", "robots", "a b/#1?"],
  ["s3://my_bucket/a/../b", "my_bucket", "a/../b"],
])("%s is an object", (url, bucket, key) => {
  expect(objectTarget(url)).toEqual({ url, bucket, key });
});

it.each([
  ["s3://robots", ""],
  ["s3://robots/", ""],
  ["s3://robots/a", "a/"],
  ["s3://robots/a/", "a/"],
])("%s is a directory", (url, key) => {
  expect(directoryTarget(url)).toEqual({ url, bucket: "robots", key });
});

describe("refuses", () => {
  it.each([
    ["s3://robots/", "names a directory, not a file"],
    ["s3://robots/a/", "names a directory, not a file"],
    ["s3:///key", "names no object"],
    ["s3://robots/a?b", "names no object"],
    ["s3://robots/a#b", "names no object"],
    ["s3://robots/100%", "is not a valid URL"],
  ])("%s", (url, message) => {
    const expected = { code: "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL", message: `${url} ${message}` };
    expect(() => objectTarget(url)).toThrow(expect.objectContaining(expected));
  });
});

it("comes back to the same key, whatever it is", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((key) => !key.endsWith("/"));
  fc.assert(
    fc.property(text, (key) => {
      const url = urlOfKey(directoryTarget("s3://robots/"), key);
      expect(objectTarget(url)).toEqual({ url, bucket: "robots", key });
    }),
    { seed: 4 },
  );
});
