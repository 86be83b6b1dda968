import { compareBytes } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { TestClock } from "../clock/test-clock.js";
import { RawData } from "./raw-data.js";

const ALL = { start: bytes(""), end: undefined };

describe("raw data", () => {
  it("expires by the cluster's clock", () => {
    const clock = new TestClock();
    clock.set(1_000);
    const raw = new RawData(clock);
    raw.put("", bytes("a"), bytes("1"), 2n);
    raw.put("", bytes("b"), bytes("2"), 0n);
    expect(raw.ttlSeconds("", bytes("a"))).toBe(2n);
    clock.advance(1_001);
    expect(raw.ttlSeconds("", bytes("a"))).toBe(1n);
    expect(raw.ttlSeconds("", bytes("b"))).toBe(0n);
    clock.advance(999);
    expect(raw.get("", bytes("a"))).toBeUndefined();
    expect(raw.ttlSeconds("", bytes("a"))).toBeUndefined();
    expect(raw.scan("", ALL, false, 10).map(({ key }) => text(key))).toEqual(["b"]);
  });

  it("keeps column families apart; no name is the default one", () => {
    const raw = new RawData(new TestClock());
    raw.put("", bytes("a"), bytes("1"), 0n);
    raw.put("write", bytes("a"), bytes("2"), 0n);
    expect(raw.get("default", bytes("a"))).toEqual(bytes("1"));
    raw.destroy(ALL);
    expect(raw.get("write", bytes("a"))).toBeUndefined();
  });

  it("is an ordered map", () => {
    const key = fc.uint8Array({ maxLength: 3 });
    const change = fc.record({ key, value: fc.option(key, { nil: undefined }) });
    fc.assert(
      fc.property(
        fc.array(change),
        fc.array(fc.tuple(key, key), { maxLength: 2 }),
        fc.nat({ max: 20 }),
        (changes, deleted, limit) => {
          const raw = new RawData(new TestClock());
          const model = new Map<string, Uint8Array>();
          const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
          for (const { key: at, value } of changes) {
            if (value === undefined) {
              raw.delete("", at);
              model.delete(hex(at));
            } else {
              raw.put("", at, value, 0n);
              model.set(hex(at), value);
            }
          }
          for (const [start, end] of deleted) {
            raw.deleteRange("", { start, end });
            for (const name of model.keys()) {
              const at = Buffer.from(name, "hex");
              if (compareBytes(at, start) >= 0 && compareBytes(at, end) < 0) {
                model.delete(name);
              }
            }
          }
          const names = [...model.keys()].toSorted();
          const found = (reverse: boolean): string[] =>
            raw.scan("", ALL, reverse, limit).map((pair) => hex(pair.key));
          expect(found(false)).toEqual(names.slice(0, limit));
          expect(found(true)).toEqual(names.toReversed().slice(0, limit));
        },
      ),
    );
  });
});
