import { expect, it } from "vitest";
import { silentLogger } from "./logger.js";

it("takes every level and gives nothing back", () => {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    expect(silentLogger[level]("message", { field: 1n })).toBeUndefined();
  }
});
