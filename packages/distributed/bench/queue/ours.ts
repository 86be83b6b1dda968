import { randomUUID } from "node:crypto";
import { JobQueue, openStore, type JobIn } from "@roboflow/distributed";
import { serveQueue, type Claimed } from "./serve-queue.js";

/*
 * A process of the bench with our queue, compiled as it is published. Each loop is a worker of its
 * own, as it would be on a fleet of machines with one slot each.
 */

type Processing = JobIn<"Processing">;

const OUTPUT = "file:///bench/";
const RESULT = { frames: 1, episodes: 1, artifactUrl: "file:///a/", report: [], warnings: [] };

serveQueue(async (address, loops) => {
  const [url = "", configHash = ""] = address.split("#");
  const store = await openStore(url);
  const queue = new JobQueue(store);
  const workers = await Promise.all(
    Array.from({ length: loops }, () =>
      queue.registerWorker({ id: randomUUID(), host: "", pid: 0, slots: 1, leaseMs: 3_600_000 }),
    ),
  );
  let conflicts = 0;
  const onConflict = (): void => void (conflicts += 1);
  // As a worker does: see `JobSlots`.
  const claimed = ({ id: jobId, owner: workerId, leaseEpoch: epoch }: Processing): Claimed => ({
    async complete() {
      const what = { lease: { jobId, workerId, epoch }, result: RESULT, workerId };
      const { next } = await queue.completeAndClaim(what, { onConflict });
      return next && claimed(next);
    },
  });
  return {
    async submit(count) {
      const run = randomUUID();
      const jobs = Array.from({ length: count }, (_, index) => ({
        source: { url: `file:///${run}/${index}.mcap`, size: 1, identity: "i" },
      }));
      await queue.submit({ output: `${OUTPUT}${run}/`, configHash, submittedBy: "bench", jobs });
    },
    async claim(loop) {
      const workerId = workers[loop]?.id ?? "";
      const job = await queue.claim(workerId, { onConflict });
      return job && claimed(job);
    },
    takeConflicts() {
      const taken = conflicts;
      conflicts = 0;
      return taken;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
});
