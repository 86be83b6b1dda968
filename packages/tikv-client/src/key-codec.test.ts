import { compareBytes } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyCodecV1, keyCodecV2 } from "./key-codec.js";

const key = fc.uint8Array({ maxLength: 40 });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const codecs = [
  ["raw v1", keyCodecV1("raw")],
  ["txn v1", keyCodecV1("txn")],
  ["raw v2", keyCodecV2("raw", 0)],
  ["txn v2", keyCodecV2("txn", 0xff_ff_ff)],
] as const;

test.each(codecs)("%s: keys and bounds come back, in the same order", (_, codec) => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const [x, y] = [codec.encode(a), codec.encode(b)];
      expect(hex(codec.decode(x))).toBe(hex(a));
      expect(hex(codec.fromRegionKey(codec.toRegionKey(x)))).toBe(hex(x));
      expect(Math.sign(compareBytes(x, y))).toBe(Math.sign(compareBytes(a, b)));
      expect(compareBytes(codec.first, x)).toBeLessThanOrEqual(0);
      if (codec.end.length > 0) expect(compareBytes(x, codec.end)).toBeLessThan(0);
    }),
  );
});

test("API v1: only transactions' bounds are encoded", () => {
  expect(hex(keyCodecV1("raw").toRegionKey(text("abc")))).toBe("616263");
  expect(hex(keyCodecV1("txn").toRegionKey(text("abc")))).toBe("6162630000000000fa");
  expect(keyCodecV1("txn").toRegionKey(new Uint8Array(0))).toHaveLength(0);
});

test("API v2: prefix, and the first key behind the keyspace", () => {
  const codec = keyCodecV2("txn", 0x01_02_ff);
  expect(hex(codec.encode(text("k")))).toBe("780102ff6b");
  expect(hex(codec.first)).toBe("780102ff");
  expect(hex(codec.end)).toBe("780103");
  expect(hex(keyCodecV2("txn", 0xff_ff_ff).end)).toBe("79");
  expect(() => codec.decode(text("elsewhere"))).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_PROTOCOL" }),
  );
  expect(() => keyCodecV2("raw", 0x1_00_00_00)).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_KEYSPACE" }),
  );
});

test("a bound that is not encoded is told, not taken", () => {
  expect(() => keyCodecV1("txn").fromRegionKey(text("plain"))).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_PROTOCOL" }),
  );
});
