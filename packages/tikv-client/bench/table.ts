import type { Figures } from "./measure.js";

/** One measurement of one client in one round. */
export interface Sample extends Figures {
  readonly round: number;
  readonly client: string;
}

export const OURS = "tikv-client";

const METRICS = ["ops_per_s", "p50_ms", "p99_ms", "cpu_us_per_op"] as const;
type Metric = (typeof METRICS)[number];

/** Medians over the rounds; ratios are ours to theirs, round by round, then the median. */
export function renderTable(samples: readonly Sample[]): string {
  const lines = [
    "| op | c | client | ops/s | p50 ms | p99 ms | CPU µs/op | ours ÷ theirs: ops/s | p50 | p99 | CPU |",
    "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  const clients = [...new Set(samples.map(({ client }) => client))].sort();
  for (const { op, concurrency } of measurements(samples)) {
    for (const client of [OURS, ...clients.filter((name) => name !== OURS)]) {
      const of = samplesOf(samples, op, concurrency, client);
      if (of.length === 0) continue;
      const figures = METRICS.map((metric) => format(median(of.map((one) => one[metric]))));
      const ratios =
        client === OURS
          ? ["", "", "", ""]
          : METRICS.map((metric) => ratio(samples, op, concurrency, client, metric).toFixed(2));
      lines.push(`| ${[op, concurrency, client, ...figures, ...ratios].join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

/** Where clients met write conflicts, over all rounds, and every error. */
export function troubles(samples: readonly Sample[]): string[] {
  const lines: string[] = [];
  for (const { op, concurrency } of measurements(samples)) {
    const all = samples.filter((one) => one.op === op && one.concurrency === concurrency);
    const clients = [...new Set(all.map(({ client }) => client))];
    const counts = clients.flatMap((name) => {
      const of = all.filter(({ client, conflicts }) => client === name && conflicts > 0);
      const conflicts = of.reduce((sum, one) => sum + one.conflicts, 0);
      return conflicts === 0 ? [] : [`${name} ${conflicts}`];
    });
    if (counts.length > 0) {
      lines.push(`conflicts in ${op} at ${concurrency}, not retried: ${counts.join(", ")}`);
    }
    for (const { client, round, errors, first_error } of all) {
      if (errors > 0) {
        lines.push(
          `ERRORS of ${client} in ${op} at ${concurrency}, round ${round}: ${errors}, first: ${first_error}`,
        );
      }
    }
  }
  return lines;
}

/** Median over the rounds of ours divided by theirs. */
export function ratio(
  samples: readonly Sample[],
  op: string,
  concurrency: number,
  client: string,
  metric: Metric,
): number {
  const theirs = new Map(
    samplesOf(samples, op, concurrency, client).map((one) => [one.round, one[metric]]),
  );
  return median(
    samplesOf(samples, op, concurrency, OURS).flatMap((one) => {
      const other = theirs.get(one.round);
      return other === undefined ? [] : [one[metric] / other];
    }),
  );
}

export function measurements(
  samples: readonly Sample[],
): readonly { readonly op: string; readonly concurrency: number }[] {
  const seen = new Map(
    samples.map(({ op, concurrency }) => [`${op} ${concurrency}`, { op, concurrency }]),
  );
  return [...seen.values()];
}

function samplesOf(
  samples: readonly Sample[],
  op: string,
  concurrency: number,
  client: string,
): readonly Sample[] {
  return samples.filter(
    (one) => one.op === op && one.concurrency === concurrency && one.client === client,
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1] ?? Number.NaN;
  const low = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (low + high) / 2;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
