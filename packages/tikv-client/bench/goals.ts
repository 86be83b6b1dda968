import { measurements, ratio, type Sample } from "./table.js";

/** What is timed, in this order. */
export const OPERATIONS = [
  "get",
  "put_2pc",
  "batch_get_100",
  "scan_1000",
  "claim_2pc",
  "put_1pc",
  "claim_1pc",
] as const;

/** Operations whose ratios must reach the goal. */
const JUDGED = new Set(["get", "put_2pc", "batch_get_100", "scan_1000", "claim_2pc"]);

interface Verdict {
  readonly line: string;
  readonly reached: boolean;
}

/** Ahead of each client at 64; at least 0.9 of client-go, which has more threads, at 1. */
export function judge(samples: readonly Sample[], clients: readonly string[]): Verdict[] {
  return measurements(samples).flatMap(({ op, concurrency }) =>
    clients.flatMap((client) => {
      const goal = goalOf(concurrency, client);
      if (goal === undefined || !JUDGED.has(op)) return [];
      const reached = ratio(samples, op, concurrency, client, "ops_per_s");
      const line = `${op} at ${concurrency}: ${reached.toFixed(2)} of ${client} (goal: ${goal})`;
      return [{ line, reached: reached >= goal }];
    }),
  );
}

function goalOf(concurrency: number, client: string): number | undefined {
  if (concurrency === 64) return 1;
  return concurrency === 1 && client === "client-go" ? 0.9 : undefined;
}
