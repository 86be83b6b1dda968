import type { NumericColumn } from "../parquet/column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { fromArrow } from "../parquet/numeric-column.js";
import { decodeTable } from "../parquet/write-table.js";
import type { Column } from "../stats/column.js";
import type { FeatureStats } from "../stats/feature-stats.js";
import { finalizeImageStats, type LerobotStats } from "../stats/finalize-stats.js";
import { mergeFeatureStats } from "../stats/merge-stats.js";
import { columnQuantiles, type Quantiles } from "../stats/quantiles.js";
import { byLastAxis, summarize, toLerobotStats } from "./feature-summary.js";
import { QuantileScan } from "./quantile-scan.js";

type ImageStats = Extract<FeatureStats, { kind: "image" }>;

/** Values of a feature that are sorted in memory (16 MiB); more are scanned repeatedly. */
const SORT_AT_MOST = 2 ** 21;

export interface FinishOptions {
  /** The content of a data file. */
  readonly read: (file: string) => Promise<Uint8Array>;
  /** All data files, relative to the dataset's directory. */
  readonly dataFiles: Iterable<string>;
  /** All features, in order. */
  readonly features: readonly string[];
  /** Values that may be held in memory to sort them; for tests. */
  readonly sortAtMost?: number;
  readonly signal?: AbortSignal | undefined;
}

interface NumericTotal {
  frames: number;
  moments: FeatureStats;
  readonly width: number;
}

/**
 * Statistics of a whole dataset, gathered episode by episode. Moments and histograms merge exactly;
 * quantiles are selected from the rows of the written data files, file by file, so memory is bounded
 * by one file.
 */
export class DatasetStats {
  readonly #numeric = new Map<string, NumericTotal>();
  readonly #images = new Map<string, ImageStats>();

  addColumn(feature: string, column: NumericColumn): void {
    const { frames, moments } = summarize(column);
    const total = this.#numeric.get(feature);
    if (total === undefined) {
      this.#numeric.set(feature, { frames, moments, width: byLastAxis(column).width });
      return;
    }
    total.frames += frames;
    total.moments = mergeFeatureStats(total.moments, moments);
  }

  addImages(feature: string, stats: FeatureStats): void {
    const total = this.#images.get(feature);
    const merged = total === undefined ? stats : mergeFeatureStats(total, stats);
    if (merged.kind === "image") this.#images.set(feature, merged);
  }

  /** By feature, in the given order. */
  async finish(engine: ParquetEngine, options: FinishOptions): Promise<Map<string, LerobotStats>> {
    const quantiles = await this.#quantiles(engine, options);
    const result = new Map<string, LerobotStats>();
    for (const feature of options.features) {
      const images = this.#images.get(feature);
      if (images !== undefined) result.set(feature, finalizeImageStats(images));
      const total = this.#numeric.get(feature);
      const exact = quantiles.get(feature);
      if (total?.moments.kind !== "numeric" || exact === undefined) continue;
      const { frames, moments } = total;
      result.set(feature, toLerobotStats({ frames, moments }, exact));
    }
    return result;
  }

  async #quantiles(engine: ParquetEngine, options: FinishOptions): Promise<Map<string, Quantiles>> {
    const quantiles = new Map<string, Quantiles>();
    const scans = new Map<string, QuantileScan>();
    const sortAtMost = options.sortAtMost ?? SORT_AT_MOST;
    const sort = async (columns: ReadonlyMap<string, Column[]>): Promise<void> => {
      if (columns.size === 0) return;
      await eachColumn(engine, options, [...columns.keys()], (feature, column) =>
        columns.get(feature)?.push(column),
      );
      for (const [feature, parts] of columns) quantiles.set(feature, columnQuantiles(parts));
    };
    // As many features at once as memory allows, as each pass reads all files.
    let together = new Map<string, Column[]>();
    let held = 0;
    for (const [feature, { moments, width }] of this.#numeric) {
      const values = moments.count * width;
      if (values > sortAtMost) {
        scans.set(feature, new QuantileScan(moments.count, width));
        continue;
      }
      if (held + values > sortAtMost) {
        await sort(together);
        together = new Map();
        held = 0;
      }
      together.set(feature, []);
      held += values;
    }
    await sort(together);
    for (let done = scans.size === 0; !done;) {
      await eachColumn(engine, options, [...scans.keys()], (feature, column) =>
        scans.get(feature)?.add(column),
      );
      for (const scan of scans.values()) done = scan.endPass();
    }
    for (const [feature, scan] of scans) quantiles.set(feature, scan.quantiles());
    return quantiles;
  }
}

/** Calls back with the given features' columns, data file by data file. */
async function eachColumn(
  engine: ParquetEngine,
  { read, dataFiles, signal }: FinishOptions,
  features: readonly string[],
  use: (feature: string, column: Column) => void,
): Promise<void> {
  for (const path of dataFiles) {
    signal?.throwIfAborted();
    const file = await read(path);
    for (const feature of features) {
      const vector = decodeTable(engine, file, { columns: [feature] }).columns.get(feature);
      if (vector === undefined) continue;
      use(feature, byLastAxis(fromArrow(engine, vector, `${path}: ${feature}`)));
    }
  }
}
