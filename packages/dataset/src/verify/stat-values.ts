import { z } from "zod";
import { STAT_KEYS } from "../assemble/stat-columns.js";
import type { DatasetReader } from "../files/dataset-reader.js";

/** One statistic of one feature: its elements, the last axis fastest, and their shape. */
export interface StatValues {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** By key: min, max, mean and so on. */
export type FeatureStatValues = ReadonlyMap<string, StatValues>;

type Nested = number | boolean | Nested[];
const Nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.boolean(), z.array(Nested)]));
const StatsFile = z.record(z.string(), z.record(z.string(), Nested));

export const STATS_PATH = "meta/stats.json";

/** `meta/stats.json`, by feature. */
export async function readStats(files: DatasetReader): Promise<Map<string, FeatureStatValues>> {
  const json: unknown = JSON.parse(new TextDecoder().decode(await files.read(STATS_PATH)));
  const features = Object.entries(StatsFile.parse(json));
  return new Map(
    features.map(([feature, stats]) => [
      feature,
      new Map(Object.entries(stats).map(([key, value]) => [key, toStatValues(value)])),
    ]),
  );
}

function toStatValues(value: Nested): StatValues {
  const shape: number[] = [];
  for (let inner: Nested | undefined = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
  }
  const values = Array.isArray(value) ? value.flat(8) : [value];
  return { values: values.map(Number), shape };
}

/** One feature's columns `stats/F/…` of a row of meta/episodes; undefined if there are none. */
export function featureStats(
  row: ReadonlyMap<string, StatValues>,
  feature: string,
): FeatureStatValues | undefined {
  const keyed = STAT_KEYS.flatMap((key) => {
    const value = row.get(`stats/${feature}/${key}`);
    return value === undefined ? [] : [[key, value] as const];
  });
  return keyed.length === 0 ? undefined : new Map(keyed);
}
