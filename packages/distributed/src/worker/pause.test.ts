import { expect, it } from "vitest";
import { Pause } from "./pause.js";

it("doubles with each miss up to its limit, with jitter, and begins anew after a success", () => {
  const pause = new Pause({ firstMs: 100, maxMs: 500, random: () => 0.5 });
  const three = [pause.next(), pause.next(), pause.next(), pause.next()];
  expect(three).toEqual([75, 150, 300, 375]);
  pause.reset();
  expect(pause.next()).toBe(75);
});

it("never waits longer than its limit, also the first time", () => {
  expect(new Pause({ firstMs: 500, maxMs: 50, random: () => 1 }).next()).toBe(50);
});
