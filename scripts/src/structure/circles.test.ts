import { expect, it } from "vitest";
import { findCircles } from "./circles.js";

function graph(edges: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(edges));
}

it("finds none where paths only meet again", () => {
  expect(findCircles(graph({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
});

it("gives the way around, without the way to it", () => {
  expect(findCircles(graph({ entry: ["a"], a: ["b"], b: ["c"], c: ["a"] }))).toEqual([
    ["a", "b", "c"],
  ]);
});

it("finds every separate circle and a node that points at itself", () => {
  expect(findCircles(graph({ a: ["a"], b: ["c"], c: ["b"] }))).toEqual([["a"], ["b", "c"]]);
});

it("takes nodes without edges of their own", () => {
  expect(findCircles(graph({ a: ["elsewhere"] }))).toEqual([]);
});
