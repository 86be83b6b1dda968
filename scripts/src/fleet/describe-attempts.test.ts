import { expect, it } from "vitest";
import { describeAttempts } from "./describe-attempts.js";

it("names the workers of each job in their order", () => {
  const job = {
    id: "1",
    status: "Completed",
    source: { url: "s3://robots/run_0.mcap" },
    attempts: [
      { worker: "a", outcome: "failed" },
      { worker: "b", outcome: "completed" },
    ],
  };
  expect(describeAttempts([job], new Map([["a", "worker 2"]]))).toEqual([
    "  s3://robots/run_0.mcap: worker 2 failed, then b completed",
  ]);
});
