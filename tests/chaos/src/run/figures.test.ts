import { expect, it } from "vitest";
import { Figures } from "./figures.js";

it("adds up, and shows what there was", () => {
  const run = new Figures();
  const one = new Figures();
  one.count("kills");
  one.count("kills", 2);
  one.count("retries", 0);
  run.count("lease losses");
  run.addAll(one);
  expect(run.toString()).toBe("kills 3, lease losses 1");
  expect(run.get("kills")).toBe(3);
  expect(run.get("retries")).toBe(0);
});
