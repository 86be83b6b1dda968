import type { Vector } from "apache-arrow";
import { DatasetError } from "../error.js";
import type { DatasetReader } from "../files/dataset-reader.js";
import type { NumericColumn } from "../parquet/column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { fromArrow } from "../parquet/numeric-column.js";
import { decodeTable } from "../parquet/write-table.js";
import type { FileSlot } from "../assemble/file-slot.js";

/** One row of meta/episodes. */
export interface EpisodeEntry {
  readonly episodeIndex: number;
  readonly tasks: readonly string[];
  readonly length: number;
  readonly data: FileSlot;
  readonly fromIndex: number;
  readonly toIndex: number;
  /** By camera; seconds. */
  readonly videos: ReadonlyMap<string, { slot: FileSlot; from: number; to: number }>;
  /** By column name, e.g. `stats/action/min`: values and their shape. */
  readonly stats: ReadonlyMap<string, { values: readonly number[]; shape: readonly number[] }>;
  /** Where it was read, and where it says it is. */
  readonly file: string;
  readonly slot: FileSlot | undefined;
}

/**
 * The rows of one file of meta/episodes.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if a column is missing
 */
export async function readEpisodes(
  engine: ParquetEngine,
  options: { files: DatasetReader; file: string; cameras: readonly string[] },
): Promise<EpisodeEntry[]> {
  const { files, file, cameras } = options;
  const { rows, columns } = decodeTable(engine, await files.read(file));
  const column = (name: string): Vector => {
    const vector = columns.get(name);
    if (vector === undefined) throw missing(file, name);
    return vector;
  };
  const numbers = (name: string): number[] => [...column(name)].map(Number);
  const slots = (prefix: string): FileSlot[] => {
    const files = numbers(`${prefix}/file_index`);
    return numbers(`${prefix}/chunk_index`).map((chunk, row) => ({
      chunk,
      file: files[row] ?? -1,
    }));
  };
  const episodeIndex = numbers("episode_index");
  const tasks = [...column("tasks")].map((list: Iterable<unknown>) => [...list].map(String));
  const length = numbers("length");
  const data = slots("data");
  const fromIndex = numbers("dataset_from_index");
  const toIndex = numbers("dataset_to_index");
  const own = columns.has("meta/episodes/file_index") ? slots("meta/episodes") : [];
  const videos = cameras.map((camera) => ({
    camera,
    slots: slots(`videos/${camera}`),
    from: numbers(`videos/${camera}/from_timestamp`),
    to: numbers(`videos/${camera}/to_timestamp`),
  }));
  const stats = [...columns]
    .filter(([name]) => name.startsWith("stats/"))
    .map(([name, vector]) => [name, fromArrow(engine, vector, `${file}: ${name}`)] as const);

  return Array.from({ length: rows }, (_, row) => ({
    episodeIndex: episodeIndex[row] ?? -1,
    tasks: tasks[row] ?? [],
    length: length[row] ?? -1,
    data: data[row] ?? NOWHERE,
    fromIndex: fromIndex[row] ?? -1,
    toIndex: toIndex[row] ?? -1,
    videos: new Map(
      videos.map((video) => [
        video.camera,
        {
          slot: video.slots[row] ?? NOWHERE,
          from: video.from[row] ?? Number.NaN,
          to: video.to[row] ?? Number.NaN,
        },
      ]),
    ),
    stats: new Map(stats.map(([name, values]) => [name, rowOf(values, row)])),
    file,
    slot: own[row],
  }));
}

const NOWHERE: FileSlot = { chunk: -1, file: -1 };

function rowOf({ values, shape, frames }: NumericColumn, row: number) {
  const width = values.length / frames;
  return { values: Array.from(values.slice(row * width, (row + 1) * width), Number), shape };
}

function missing(file: string, name: string): DatasetError {
  return new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", `${file} has no column ${name}`);
}
