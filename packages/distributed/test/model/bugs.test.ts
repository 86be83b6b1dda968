import { describe, expect, it } from "vitest";
import { BUGS, type Bug } from "./bugs.js";
import { explore } from "./explore.js";
import type { Size } from "./state.js";

const USUAL: Size = {
  workers: 2,
  jobs: 2,
  finalizers: 2,
  budget: { faults: 1, decisions: 1 },
};
/** What is stuck is only known once all has been explored. */
const SMALL: Size = { ...USUAL, jobs: 1 };
/** A publisher that wakes up in the next generation: this takes two decisions. */
const LATE: Size = {
  workers: 1,
  jobs: 1,
  finalizers: 2,
  budget: { faults: 1, decisions: 2 },
};

function sizeFor(bug: Bug): Size {
  if (bug.includes("publish")) return LATE;
  return BUGS[bug] === "stuck" ? SMALL : USUAL;
}

describe("the checker", () => {
  it.each(Object.entries(BUGS) as [Bug, string][])("finds it when %s", (bug, problem) => {
    const { violation } = explore(sizeFor(bug), new Set([bug]));
    expect(violation?.problem).toBe(problem);
    expect(violation?.trace.length).toBeGreaterThan(0);
  });
});
