import { describe, expect, it } from "vitest";
import { z } from "zod";
import { recordCodec } from "./codec.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

const codec = recordCodec(
  "toy",
  1,
  z.object({ version: z.literal(1), name: z.string(), nested: z.object({ size: z.int() }) }),
);

describe("recordCodec", () => {
  it("keeps fields that it does not know, at any depth, when a record is rewritten", () => {
    const stored = '{"version":1,"name":"a","nested":{"size":1,"new":[2]},"extra":{"b":null}}';
    const record = codec.decode(bytes(stored), "/toys/1");
    const rewritten = codec.encode({ ...record, name: "b" });
    expect(JSON.parse(text(rewritten))).toEqual({
      version: 1,
      name: "b",
      nested: { size: 1, new: [2] },
      extra: { b: null },
    });
  });

  it("tells a record of a newer version from an invalid one", () => {
    expect(() => codec.decode(bytes('{"version":2,"name":7}'), "/toys/1")).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_RECORD_NEWER",
        permanence: "transient",
        message: "The toy record /toys/1 has version 2; this software understands up to version 1",
      }),
    );
  });

  it.each([
    ["not JSON", "secret{", "it is not JSON"],
    ["without a version", '{"name":"secret"}', "it has no version"],
    [
      "of the wrong shape",
      '{"version":1,"name":"secret","nested":{"size":"secret"}}',
      "Invalid input: expected number, received string at nested.size",
    ],
  ])("names the key of a record that is %s, and none of its content", (_, stored, problem) => {
    expect(() => codec.decode(bytes(stored), "/toys/1")).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_RECORD_INVALID",
        permanence: "permanent",
        message: `The toy record /toys/1 is invalid: ${problem}`,
      }),
    );
  });

  it("checks a record although many known ones came before it", () => {
    const wrong = bytes('{"version":1,"name":"a","nested":{"size":"b"}}');
    for (let size = 0; size < 1_000; size += 1) {
      const record = { version: 1, name: "a", nested: { size } } as const;
      expect(codec.decode(codec.encode(record), "/toys/1")).toEqual(record);
    }
    for (let again = 0; again < 2; again += 1) {
      expect(() => codec.decode(wrong, "/toys/1")).toThrow("is invalid");
    }
  });

  it("gives each reader a record of its own", () => {
    const stored = codec.encode({ version: 1, name: "a", nested: { size: 1 } });
    codec.decode(stored, "/toys/1").nested.size = 2;
    expect(codec.decode(stored, "/toys/1").nested.size).toBe(1);
  });
});
