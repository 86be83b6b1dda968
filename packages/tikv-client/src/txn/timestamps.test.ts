import { timestampOf } from "@roboflow/tikv-proto";
import { expect, test } from "vitest";
import { afterMs, later, msUntilExpired } from "./timestamps.js";

test("a lock expires when its time to live has passed since its transaction's start", () => {
  const start = timestampOf(1000n, 5n);
  expect(msUntilExpired(start, 300n, timestampOf(1100n, 0n))).toBe(200);
  expect(msUntilExpired(start, 300n, timestampOf(1300n, 9n))).toBe(0);
  expect(msUntilExpired(start, 300n, timestampOf(2000n, 0n))).toBe(-700);
});

test("later and after", () => {
  expect(later(1n, 2n)).toBe(2n);
  expect(later(2n, 1n)).toBe(2n);
  expect(afterMs(timestampOf(1000n, 7n), 12.4)).toBe(timestampOf(1012n, 7n));
  expect(afterMs(timestampOf(1000n, 7n), -3)).toBe(timestampOf(1000n, 7n));
});
