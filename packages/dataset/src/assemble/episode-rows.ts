import type { Data } from "apache-arrow";
import type { EpisodeManifest } from "../episode/manifest.js";
import type { DatasetFiles } from "../files/dataset-files.js";
import { toArrow } from "../parquet/arrow-column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { encodeTable } from "../parquet/write-table.js";
import type { LerobotStats } from "../stats/finalize-stats.js";
import { cameraNames, numericFeatures } from "./dataset-features.js";
import { episodesPath, type FileSlot } from "./file-slot.js";
import { RollingParquet } from "./rolling-parquet.js";
import { statColumns } from "./stat-columns.js";
import type { VideoPlacement } from "./video-plan.js";

/** One row of `meta/episodes`. */
export interface EpisodeRow {
  readonly episodeIndex: number;
  /** Distinct, in order of first appearance. */
  readonly tasks: readonly string[];
  readonly length: number;
  readonly data: FileSlot;
  /** Half-open range of `index`. */
  readonly fromIndex: number;
  readonly toIndex: number;
  /** By camera. */
  readonly videos: ReadonlyMap<string, VideoPlacement>;
  /** By feature. */
  readonly stats: ReadonlyMap<string, LerobotStats>;
}

/** Episodes in one row group, as lerobot writes them. */
const ROWS_PER_GROUP = 10;

/** Writes the files of `meta/episodes`. */
export class EpisodeRows implements AsyncDisposable {
  readonly #engine: ParquetEngine;
  readonly #manifest: EpisodeManifest;
  readonly #files: RollingParquet;
  #waiting: EpisodeRow[] = [];

  private constructor(engine: ParquetEngine, manifest: EpisodeManifest, files: RollingParquet) {
    this.#engine = engine;
    this.#manifest = manifest;
    this.#files = files;
  }

  /** `manifest` is any episode's: features and fps are those of all. */
  static async create(
    engine: ParquetEngine,
    options: { files: DatasetFiles; maxBytes: number; manifest: EpisodeManifest },
  ): Promise<EpisodeRows> {
    const files = await RollingParquet.create({ ...options, pathOf: episodesPath });
    return new EpisodeRows(engine, options.manifest, files);
  }

  async add(row: EpisodeRow): Promise<void> {
    this.#waiting.push(row);
    if (this.#waiting.length === ROWS_PER_GROUP) await this.#flush();
  }

  /** Completes the last file. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) await this.#flush();
    await this.#files.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    await this.#files.append((slot) => this.#encode(rows, slot));
  }

  #encode(rows: readonly EpisodeRow[], slot: FileSlot): Uint8Array {
    const engine = this.#engine;
    const { fps } = this.#manifest;
    const columns = new Map<string, Data>();
    const integers = (name: string, valueOf: (row: EpisodeRow) => number) => {
      const values = BigInt64Array.from(rows, (row) => BigInt(valueOf(row)));
      columns.set(name, toArrow(engine, { ...scalar(rows), dtype: "int64", values }));
    };
    const seconds = (name: string, frameOf: (row: EpisodeRow) => number) => {
      const values = Float64Array.from(rows, (row) => frameOf(row) / fps);
      columns.set(name, toArrow(engine, { ...scalar(rows), dtype: "float64", values }));
    };

    integers("episode_index", (row) => row.episodeIndex);
    columns.set("tasks", textLists(engine, rows));
    integers("length", (row) => row.length);
    integers("data/chunk_index", (row) => row.data.chunk);
    integers("data/file_index", (row) => row.data.file);
    integers("dataset_from_index", (row) => row.fromIndex);
    integers("dataset_to_index", (row) => row.toIndex);
    for (const camera of cameraNames(this.#manifest)) {
      const placed = (row: EpisodeRow) => required(row.videos, camera);
      integers(`videos/${camera}/chunk_index`, (row) => placed(row).slot.chunk);
      integers(`videos/${camera}/file_index`, (row) => placed(row).slot.file);
      seconds(`videos/${camera}/from_timestamp`, (row) => placed(row).firstFrame);
      seconds(`videos/${camera}/to_timestamp`, (row) => placed(row).firstFrame + row.length);
    }
    for (const [feature, dtype] of featureDtypes(this.#manifest)) {
      const stats = rows.map((row) => required(row.stats, feature));
      for (const [name, data] of statColumns(engine, feature, dtype, stats)) {
        columns.set(name, data);
      }
    }
    integers("meta/episodes/chunk_index", () => slot.chunk);
    integers("meta/episodes/file_index", () => slot.file);
    return encodeTable(engine, { rows: rows.length, columns });
  }
}

const scalar = (rows: readonly unknown[]) => ({ shape: [1], frames: rows.length });

function required<V>(values: ReadonlyMap<string, V>, feature: string): V {
  const value = values.get(feature);
  if (value === undefined) throw new RangeError(`an episode has no entry for ${feature}`);
  return value;
}

function featureDtypes(manifest: EpisodeManifest): [string, EpisodeDtype][] {
  const own = Object.entries(manifest.features).map(([name, { dtype }]): [string, EpisodeDtype] => [
    name,
    dtype,
  ]);
  const all = new Map<string, EpisodeDtype>(own);
  for (const { name, dtype } of numericFeatures(manifest)) all.set(name, dtype);
  return [...all];
}

type EpisodeDtype = EpisodeManifest["features"][string]["dtype"];

function textLists({ arrow }: ParquetEngine, rows: readonly EpisodeRow[]): Data {
  const type = new arrow.List(new arrow.Field("element", new arrow.Utf8(), true));
  const texts = rows.map((row) => [...row.tasks]);
  const [data] = arrow.vectorFromArray(texts, type).data;
  if (data === undefined) throw new RangeError("no rows");
  return data;
}
