import { expect, it } from "vitest";
import { compareBytes } from "./compare.js";

it.each([
  ["", "", 0],
  ["", "00", -1],
  ["61", "6100", -1],
  ["61ff", "62", -1],
  // Bytes have no sign.
  ["80", "7f", 1],
  ["6162", "6162", 0],
])("compares %s with %s", (a, b, order) => {
  expect(compareBytes(Buffer.from(a, "hex"), Buffer.from(b, "hex"))).toBe(order);
});
