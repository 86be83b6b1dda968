import { describe, expect, it } from "vitest";
import { explore } from "./explore.js";

describe("the protocol", () => {
  it("keeps every invariant in every state of 3 workers and 3 jobs with one decision", () => {
    const budget = { faults: 0, decisions: 1 };
    const found = explore({ workers: 3, jobs: 3, finalizers: 2, budget }, new Set());
    expect(found.violation).toBeUndefined();
    // Fewer: it no longer explores what it did.
    expect(found.states).toBeGreaterThan(1_000);
  });

  it("keeps them with 2 workers, 2 jobs, a fault and a decision", () => {
    const budget = { faults: 1, decisions: 1 };
    const found = explore({ workers: 2, jobs: 2, finalizers: 2, budget }, new Set());
    expect(found.violation).toBeUndefined();
    expect(found.states).toBeGreaterThan(7_000);
  });

  it("keeps them with one worker and one job, however much goes wrong", () => {
    const found = explore({ workers: 1, jobs: 1, finalizers: 1 }, new Set());
    expect(found.violation).toBeUndefined();
    expect(found.states).toBeGreaterThan(6_000);
  });
});
