import { TikvError } from "tikv-client";
import type { Operation } from "./workload.js";

const WARM_UP_MS = 500;

/** One measurement, without its warm-up. */
export interface Figures {
  readonly op: string;
  readonly concurrency: number;
  readonly ops: number;
  readonly ops_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** User and system time of the client's process, all its threads. */
  readonly cpu_us_per_op: number;
  /** Write conflicts: counted, not retried. */
  readonly conflicts: number;
  readonly errors: number;
  readonly first_error?: string;
}

/** Runs `run` for `seconds`, as often as `concurrency` workers can. */
export async function measure(
  op: string,
  concurrency: number,
  seconds: number,
  run: Operation,
): Promise<Figures> {
  const warm = performance.now() + WARM_UP_MS;
  const end = warm + seconds * 1_000;
  const taken: number[] = [];
  let conflicts = 0;
  let errors = 0;
  let firstError: string | undefined;
  let before = process.cpuUsage();
  const timer = setTimeout(() => (before = process.cpuUsage()), WARM_UP_MS);

  const work = async (worker: number): Promise<void> => {
    for (let start = performance.now(); start <= end; start = performance.now()) {
      try {
        await run(worker);
        if (start >= warm) taken.push(performance.now() - start);
      } catch (error) {
        if (start < warm) continue;
        if (error instanceof TikvError && error.code === "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT") {
          conflicts += 1;
        } else {
          errors += 1;
          firstError ??= String(error);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker)));
  clearTimeout(timer);
  const { user, system } = process.cpuUsage(before);
  taken.sort((a, b) => a - b);
  const at = (part: number): number => taken[Math.trunc(part * taken.length)] ?? 0;
  return {
    op,
    concurrency,
    ops: taken.length,
    ops_per_s: taken.length / seconds,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    cpu_us_per_op: (user + system) / Math.max(taken.length, 1),
    conflicts,
    errors,
    ...(firstError !== undefined && { first_error: firstError }),
  };
}
