import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../queue/invariants.js";
import { RealFleet } from "./real-fleet.js";
import { initialState, isOpen, type State } from "./state.js";
import { walk, type WalkStep } from "./walk.js";

const SIZE = { workers: 3, jobs: 3, finalizers: 2 };
const STEPS = 120;
/** Few of them, so that most histories come to their end. */
const BUDGET = fc.record({ faults: fc.nat(4), decisions: fc.nat(3) });

describe("the code, driven through histories of the model", () => {
  it("is in the model's state after every step", async () => {
    const kinds = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(BUDGET, fc.infiniteStream(fc.nat(999)), async (budget, dice) => {
        const fleet = new RealFleet(SIZE);
        await fleet.start();
        const choose = (): number => dice.next().value / 1_000;
        let state = initialState({ ...SIZE, budget });
        const trace: WalkStep["label"][] = [];
        for (let count = 0; count < STEPS; count += 1) {
          const next = walk(state, choose);
          if (next === undefined) break;
          trace.push(next.label);
          kinds.set(next.label.kind, (kinds.get(next.label.kind) ?? 0) + 1);
          await fleet.step(next.label, next.before, next.after);
          state = next.after;
          expect(await real(fleet, state), JSON.stringify(trace)).toEqual(model(state));
        }
      }),
      { numRuns: 40, seed: 1 },
    );
    // Histories that end early would show nothing.
    expect([...kinds.keys()]).toEqual(
      expect.arrayContaining(["declareDead", "retry", "finish", "learnLoss"]),
    );
  }, 120_000);
});

const ABSENT = { status: "Absent", epoch: 0, owner: undefined, failures: undefined };

/** What both know of jobs, workers and the batch. */
function model({ jobs, workers, batch }: State): object {
  const { status, held, allowPartial, generation, publishingBegan } = batch;
  return {
    jobs: jobs.map((job) => ({
      status: job.status,
      epoch: job.epoch,
      owner: job.status === "Processing" ? job.owner : undefined,
      failures: isOpen(job) ? job.failures : undefined,
    })),
    dead: workers.map((record) => record === "dead"),
    batch: {
      status: status === "Absent" ? "Submitting" : status,
      held,
      allowPartial,
      generation,
      publishingBegan,
    },
  };
}

/** The same of the code, and that its records and indices agree. */
async function real(fleet: RealFleet, state: State): Promise<object> {
  const { jobs, batches } = await checkInvariants(fleet.store);
  const batch = batches.get(fleet.batchId);
  const dead = await fleet.deadWorkers();
  return {
    jobs: state.jobs.map((_, index) => {
      const job = jobs.get(fleet.jobIds[index] ?? "");
      if (job === undefined) return ABSENT;
      const pending = job.status === "Pending" && (job.notBefore === null ? "Ready" : "Delayed");
      const open = job.status === "Pending" || job.status === "Processing";
      return {
        status: pending || (job.status === "Dead" ? "Failed" : job.status),
        epoch: job.leaseEpoch,
        owner: job.status === "Processing" ? fleet.workerOf(job.owner) : undefined,
        failures: open ? job.failures : undefined,
      };
    }),
    dead,
    batch: {
      status: batch?.status,
      held: batch?.status === "Sealed" && batch.hold !== null,
      allowPartial: batch?.allowPartial,
      generation: batch?.generation,
      publishingBegan: batch?.publishingBegan ?? false,
    },
  };
}
