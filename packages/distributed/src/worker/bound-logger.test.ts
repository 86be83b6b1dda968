import { silentLogger } from "@roboflow/core";
import { expect, it, vi } from "vitest";
import { boundLogger } from "./bound-logger.js";

it("adds its fields, as they are then, to every line; a line's own win", () => {
  const warn = vi.fn();
  let worker = "w1";
  const logger = boundLogger({ ...silentLogger, warn }, () => ({ worker, job: "j" }));
  logger.warn("first");
  worker = "w2";
  logger.warn("second", { job: "k", at: 1 });
  expect(warn.mock.calls).toEqual([
    ["first", { worker: "w1", job: "j" }],
    ["second", { worker: "w2", job: "k", at: 1 }],
  ]);
});
