import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TimerWheel, WheelNode } from "./timer-wheel.js";

class Entry extends WheelNode {
  readonly #fired: string[];
  readonly #name: string;
  constructor(fired: string[], name: string) {
    super();
    this.#fired = fired;
    this.#name = name;
  }
  override onDeadline(): void {
    this.#fired.push(this.#name);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("deadlines pass in order, never early, also beyond one turn of the wheel", () => {
  const wheel = new TimerWheel();
  const fired: string[] = [];
  wheel.schedule(new Entry(fired, "30 s"), 30_000);
  wheel.schedule(new Entry(fired, "1 s"), 1000);
  wheel.schedule(new Entry(fired, "50 ms"), 50);

  vi.advanceTimersByTime(49);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(fired).toEqual(["50 ms"]);
  vi.advanceTimersByTime(1000);
  expect(fired).toEqual(["50 ms", "1 s"]);
  vi.advanceTimersByTime(28_800);
  expect(fired).toEqual(["50 ms", "1 s"]);
  vi.advanceTimersByTime(200);
  expect(fired).toEqual(["50 ms", "1 s", "30 s"]);
  expect(wheel.size).toBe(0);
});

test("a cancelled deadline does not pass, one set again passes at the later time", () => {
  const wheel = new TimerWheel();
  const fired: string[] = [];
  const [cancelled, moved] = [new Entry(fired, "cancelled"), new Entry(fired, "moved")];
  wheel.schedule(cancelled, 100);
  wheel.schedule(moved, 100);
  wheel.cancel(cancelled);
  wheel.cancel(cancelled);
  wheel.schedule(moved, 1000);
  expect(wheel.size).toBe(1);
  vi.advanceTimersByTime(900);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(fired).toEqual(["moved"]);
});

test("a deadline may set others, and an empty wheel stops its timer", () => {
  const wheel = new TimerWheel();
  const fired: string[] = [];
  const again = new (class extends WheelNode {
    override onDeadline(): void {
      fired.push("again");
      if (fired.length < 3) wheel.schedule(this, 10);
    }
  })();
  wheel.schedule(again, 10);
  vi.advanceTimersByTime(500);
  expect(fired).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});

test("a deadline passes in time though each tick of the timer comes late", () => {
  let now = 1000;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const wheel = new TimerWheel();
  const fired: string[] = [];
  wheel.schedule(new Entry(fired, "5 s"), 5000);
  wheel.schedule(new Entry(fired, "60 s"), 60_000);
  const passUntil = (end: number): void => {
    while (now + 39 <= end) {
      now += 39;
      vi.advanceTimersByTime(20);
    }
  };
  passUntil(1000 + 4990);
  expect(fired).toEqual([]);
  passUntil(1000 + 5080);
  expect(fired).toEqual(["5 s"]);
  passUntil(1000 + 59_990);
  expect(fired).toEqual(["5 s"]);
  // As after a pause of the process.
  now += 60_000;
  vi.advanceTimersByTime(20);
  expect(fired).toEqual(["5 s", "60 s"]);
  clock.mockRestore();
});
