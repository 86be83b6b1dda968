import { BenchProcess } from "./bench-process.js";

const PROCESSES = 4;
/** The most loops that one process ever runs. */
const MAX_LOOPS = 16;

/** One queue on one store, with four processes that use it. */
export interface Side extends AsyncDisposable {
  readonly name: string;
  /** The queue in which so many finished jobs are kept. */
  address(finished: number): string | undefined;
  readonly processes: readonly BenchProcess[];
  /** Between runs, not measured: forgets the jobs of the last one. */
  forget(address: string): Promise<void>;
}

export async function startProcesses(
  entry: string,
  addresses: readonly string[],
): Promise<BenchProcess[]> {
  const processes = Array.from({ length: PROCESSES }, () => new BenchProcess(entry));
  for (const each of processes) {
    for (const queue of addresses) await each.ask({ kind: "open", queue, loops: MAX_LOOPS });
  }
  return processes;
}

/** Loops of each process. */
export function spread(loops: number): number[] {
  return Array.from({ length: PROCESSES }, (_, index) =>
    Math.floor((loops + PROCESSES - 1 - index) / PROCESSES),
  );
}
