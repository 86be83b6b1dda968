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

/** How often each client met a write conflict or failed, where it did. */
export function troubles(samples: readonly Sample[]): string[] {
  return samples
    .filter(({ conflicts, errors }) => conflicts + errors > 0)
    .map(
      ({ client, op, concurrency, round, ops, conflicts, errors, first_error }) =>
        `${client}: ${op} at ${concurrency}, round ${round}: ${conflicts} conflicts and ${errors} errors beside ${ops} operations${first_error === undefined ? "" : ` (${first_error})`}`,
    );
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
