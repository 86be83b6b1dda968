import { expect, test } from "vitest";
import { lockTtlMs } from "./lock-ttl.js";

const MIB = 1024 * 1024;

test("3 s for a batch, 6 s × √MiB for more up to 20 s, after what has passed", () => {
  expect(lockTtlMs(0, 0)).toBe(3000);
  expect(lockTtlMs(16 * 1024, 0)).toBe(3000);
  expect(lockTtlMs(MIB, 0)).toBe(6000);
  expect(lockTtlMs(4 * MIB, 0)).toBe(12_000);
  expect(lockTtlMs(100 * MIB, 0)).toBe(20_000);
  expect(lockTtlMs(10, 1500.4)).toBe(4500);
});
