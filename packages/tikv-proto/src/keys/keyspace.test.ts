import { expect, it } from "vitest";
import { keyspacePrefix } from "./keyspace.js";

it("puts mode and id in front", () => {
  expect(Buffer.from(keyspacePrefix("raw", 0))).toEqual(Buffer.from("r\0\0\0"));
  expect(Buffer.from(keyspacePrefix("txn", 0x01_02_03))).toEqual(Buffer.from("x\x01\x02\x03"));
  expect(Buffer.from(keyspacePrefix("txn", 0xff_ff_ff)).toString("hex")).toBe("78ffffff");
});

it.each([-1, 0x1_00_00_00, 1.5, Number.NaN])("refuses the id %d", (id) => {
  expect(() => keyspacePrefix("raw", id)).toThrow(RangeError);
});
