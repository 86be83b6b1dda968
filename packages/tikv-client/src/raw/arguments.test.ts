import { expect, test } from "vitest";
import { keyCodecV1, keyCodecV2 } from "../key-codec.js";
import { MAX_RAW_KEY_BYTES, rawKey, rawValue, ttlOf } from "./arguments.js";

const v1 = keyCodecV1("raw");
const v2 = keyCodecV2("raw", 1);

test("the longest key fits, with its keyspace", () => {
  expect(rawKey(v1, "k".repeat(MAX_RAW_KEY_BYTES))).toHaveLength(MAX_RAW_KEY_BYTES);
  expect(rawKey(v2, "k".repeat(MAX_RAW_KEY_BYTES - 4))).toHaveLength(MAX_RAW_KEY_BYTES);
});

test.each<[string, () => unknown, string]>([
  ["an empty key", () => rawKey(v2, ""), "KEY"],
  ["a key over the limit", () => rawKey(v1, "k".repeat(MAX_RAW_KEY_BYTES + 1)), "KEY"],
  [
    "a key over the limit with its keyspace",
    () => rawKey(v2, "k".repeat(MAX_RAW_KEY_BYTES - 3)),
    "KEY",
  ],
  ["an empty value", () => rawValue(Buffer.from("k"), ""), "VALUE"],
  ["a time to live of nothing", () => ttlOf(v2, 0), "ARGUMENT"],
  ["half a second to live", () => ttlOf(v2, 0.5), "ARGUMENT"],
  ["a time to live where none is kept", () => ttlOf(v1, 1), "UNSUPPORTED"],
])("%s is refused", (_, check, code) => {
  expect(check).toThrow(expect.objectContaining({ code: `ERR_ROBOFLOW_TIKV_${code}` }));
});

test("a time to live is whole seconds; none is for ever", () => {
  expect(ttlOf(v2, 30)).toBe(30n);
  expect(ttlOf(keyCodecV1("raw", "v1ttl"), 30)).toBe(30n);
  expect(ttlOf(v1, undefined)).toBe(0n);
});
