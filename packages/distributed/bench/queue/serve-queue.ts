import type { Answer, Ask } from "./messages.js";

export interface Claimed {
  /** Gives the next job where the queue takes it in the same step; else it has to be claimed. */
  complete(): Promise<Claimed | undefined>;
}

/** One queue as the bench drives it; ours and the peer's are used alike. */
export interface BenchQueue extends AsyncDisposable {
  submit(jobs: number): Promise<void>;
  /** Undefined if there is none. */
  claim(loop: number): Promise<Claimed | undefined>;
  /** Transactions run again since the last call, where they are counted. */
  takeConflicts(): number;
}

/** Serves the bench over the process's IPC channel until that closes. */
export function serveQueue(open: (address: string, loops: number) => Promise<BenchQueue>): void {
  const queues = new Map<string, BenchQueue>();
  const find = (address: string): BenchQueue => {
    const queue = queues.get(address);
    if (queue === undefined) throw new Error(`${address} is not open`);
    return queue;
  };
  const answer = async (ask: Ask): Promise<Answer> => {
    switch (ask.kind) {
      case "open":
        queues.set(ask.queue, await open(ask.queue, ask.loops));
        return { kind: "opened" };
      case "submit": {
        const start = performance.now();
        await find(ask.queue).submit(ask.jobs);
        return { kind: "submitted", ms: performance.now() - start };
      }
      case "drain":
        return drain(find(ask.queue), ask.loops);
    }
  };
  process.on("message", (ask: Ask) => {
    void answer(ask)
      .catch((error: unknown): Answer => ({ kind: "failed", reason: String(error) }))
      .then((message) => process.send?.(message));
  });
  process.on("disconnect", () => {
    void Promise.all([...queues.values()].map((queue) => queue[Symbol.asyncDispose]()));
  });
}

async function drain(queue: BenchQueue, loops: number): Promise<Answer> {
  const claimMs: number[] = [];
  const work = async (loop: number): Promise<void> => {
    let start = performance.now();
    let job = await queue.claim(loop);
    while (job !== undefined) {
      claimMs.push(performance.now() - start);
      start = performance.now();
      job = await job.complete();
      if (job !== undefined) continue;
      start = performance.now();
      job = await queue.claim(loop);
    }
  };
  await Promise.all(Array.from({ length: loops }, (_, loop) => work(loop)));
  return { kind: "drained", claimMs, conflicts: queue.takeConflicts() };
}
