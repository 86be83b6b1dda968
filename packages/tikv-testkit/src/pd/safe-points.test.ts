import { beforeEach, describe, expect, it } from "vitest";
import { TestClock } from "../clock/test-clock.js";
import { SafePoints } from "./safe-points.js";

const FOREVER = (1n << 63n) - 1n;

describe("safe points", () => {
  let clock: TestClock;
  let points: SafePoints;

  beforeEach(() => {
    clock = new TestClock();
    clock.set(0);
    points = new SafePoints(clock);
  });

  it("never go back", () => {
    expect(points.updateGc(5n)).toBe(5n);
    expect(points.updateGc(3n)).toBe(5n);
    expect(points.gc).toBe(5n);
  });

  it("are held back by the service that needs most", () => {
    expect(points.updateService("gc", FOREVER, 4n)).toEqual({
      service: "gc",
      ttlSeconds: FOREVER,
      safePoint: 4n,
    });
    expect(points.updateService("backup", 60n, 9n).service).toBe("gc");
    expect(points.updateService("gc", FOREVER, 20n)).toEqual({
      service: "backup",
      ttlSeconds: 60n,
      safePoint: 9n,
    });
  });

  it("are not held back before what is safe already", () => {
    points.updateService("gc", FOREVER, 9n);
    expect(points.updateService("late", 60n, 4n)).toMatchObject({ service: "gc", safePoint: 9n });
  });

  it("forget services that end or fall silent", () => {
    points.updateService("backup", 60n, 4n);
    points.updateService("dump", 60n, 5n);
    expect(points.updateService("backup", 0n, 4n)).toMatchObject({ service: "dump" });
    clock.advance(60_000);
    expect(points.updateService("gc", FOREVER, 7n)).toMatchObject({ service: "gc" });
  });
});
