import { expect, it } from "vitest";
import { newId } from "./id.js";

it("makes ids that are unique and sort by creation, also within a millisecond", () => {
  const ids = Array.from({ length: 2_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
