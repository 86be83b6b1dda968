import { expect, it } from "vitest";
import { decompress, isPlausibleSize } from "./decompress.js";

/** `"hello world "` 100 times, by `lz4.frame.compress` of Python's lz4 4.4.5. */
const HELLO = "hello world ".repeat(100);
const FRAME = Buffer.from(
  "BCJNGGhAsAQAAAAAAAAFGgAAAM9oZWxsbyB3b3JsZCAMAP////+QUG9ybGQgAAAAAA==",
  "base64",
);

it("reads a frame as another library wrote it", async () => {
  expect(Buffer.from(await decompress("lz4", FRAME, HELLO.length)).toString()).toBe(HELLO);
});

it("reads LZ4 again after a broken frame", async () => {
  const broken = FRAME.subarray(0, FRAME.length - 8);
  await expect(decompress("lz4", broken, HELLO.length)).rejects.toThrow("decompression");
  expect(Buffer.from(await decompress("lz4", FRAME, HELLO.length)).toString()).toBe(HELLO);
});

it.each([HELLO.length - 1, HELLO.length + 1])("refuses %i bytes, which it is not", async (size) => {
  await expect(decompress("lz4", FRAME, size)).rejects.toThrow(Error);
});

it("refuses sizes that can't come out of so few bytes", () => {
  expect(isPlausibleSize("lz4", 1000, 255_000)).toBe(true);
  expect(isPlausibleSize("lz4", 1000, 400_000)).toBe(false);
  expect(isPlausibleSize("zstd", 8000, 262_000_000)).toBe(true);
  expect(isPlausibleSize("zstd", 8_000_000, 300_000_000)).toBe(false);
});
