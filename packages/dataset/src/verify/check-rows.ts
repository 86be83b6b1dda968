import type { Vector } from "apache-arrow";
import { firstNonFinite } from "../assemble/episode-columns.js";
import { episodeStats } from "../assemble/feature-summary.js";
import type { DatasetStats } from "../assemble/dataset-stats.js";
import type { NumericColumn } from "../parquet/column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { fromArrow } from "../parquet/numeric-column.js";
import { decodeTable } from "../parquet/write-table.js";
import { sliceFrames } from "../parquet/slice-frames.js";
import { checkIndexColumn, INDEX_FEATURES } from "./check-index.js";
import { compareStats } from "./compare-stats.js";
import type { EpisodeEntry } from "./episode-entries.js";
import { dataFileOf, numericNames, type OpenedDataset } from "./opened-dataset.js";
import { attempt, type Report } from "./problem.js";
import { featureStats } from "./stat-values.js";

/**
 * The data files: columns as declared, rows as meta/episodes says, finite values, and each episode's
 * statistics. One column of one file is in memory at a time; `stats` gathers the whole dataset's.
 */
export async function checkRows(
  dataset: OpenedDataset,
  stats: DatasetStats,
  report: Report,
  onFrames: (frames: number) => void,
): Promise<void> {
  const byFile = groupByFile(dataset);
  const files = [...byFile.keys()];
  if (String(files) !== String(files.toSorted())) {
    const message = "data files are not in the order of their episodes, as lerobot reads them";
    report({ code: "index", severity: "error", message });
  }
  for (const [file, episodes] of byFile) {
    dataset.signal?.throwIfAborted();
    await attempt(report, { code: "file-unreadable", file }, async () => {
      await checkFile(dataset, { file, episodes, stats, report });
    });
    onFrames(episodes.reduce((sum, { length }) => sum + length, 0));
  }
}

function groupByFile(dataset: OpenedDataset): Map<string, EpisodeEntry[]> {
  const byFile = new Map<string, EpisodeEntry[]>();
  for (const entry of dataset.episodes) {
    const file = dataFileOf(dataset, entry);
    const entries = byFile.get(file);
    if (entries === undefined) byFile.set(file, [entry]);
    else entries.push(entry);
  }
  return byFile;
}

interface FileCheck {
  readonly file: string;
  readonly episodes: readonly EpisodeEntry[];
  readonly stats: DatasetStats;
  readonly report: Report;
}

async function checkFile(dataset: OpenedDataset, check: FileCheck): Promise<void> {
  const { engine, info } = dataset;
  const { file, episodes, report } = check;
  // Told by the check of files.
  if (!(await dataset.files.exists(file))) return;
  const content = await dataset.files.read(file);
  const rows = decodeTable(engine, content, { columns: ["index"] }).rows;
  const expected = episodes.reduce((sum, { length }) => sum + length, 0);
  if (rows !== expected) {
    const message = `${file} has ${rows} rows, its episodes have ${expected}`;
    report({ code: "count", severity: "error", file, message });
  }
  checkNames(engine, content, dataset, check);
  for (const feature of numericNames(info)) {
    const vector = decodeTable(engine, content, { columns: [feature] }).columns.get(feature);
    if (vector === undefined) continue;
    await attempt(report, { code: "value", feature, file }, () => {
      const column = fromArrow(engine, vector, `${file}: ${feature}`);
      if (checkType(engine, { vector, column, feature }, dataset, check)) {
        checkColumn(dataset, feature, column, check);
      }
    });
  }
}

/** Exactly the declared columns. */
function checkNames(
  engine: ParquetEngine,
  content: Uint8Array,
  { info }: OpenedDataset,
  { file, report }: FileCheck,
): void {
  const { columns } = decodeTable(engine, content, { limit: 1 });
  const declared = Object.keys(info.features).filter(
    (name) => info.features[name]?.dtype !== "video",
  );
  for (const feature of declared) {
    if (columns.has(feature)) continue;
    const message = `${file} has no column ${feature}`;
    report({ code: "schema", severity: "error", feature, file, message });
  }
  for (const feature of columns.keys()) {
    if (declared.includes(feature)) continue;
    const message = `${file} has a column ${feature}, which meta/info.json does not declare`;
    report({ code: "schema", severity: "error", feature, file, message });
  }
}

/** The declared type and shape; shape `[1]` must be a plain scalar, not a list of one. */
function checkType(
  { arrow }: ParquetEngine,
  found: { vector: Vector; column: NumericColumn; feature: string },
  { info }: OpenedDataset,
  { file, report }: FileCheck,
): boolean {
  const { vector, column, feature } = found;
  const declared = info.features[feature];
  const isList = arrow.DataType.isList(vector.type) || arrow.DataType.isFixedSizeList(vector.type);
  const stored = `${column.dtype} ${JSON.stringify(column.shape)}`;
  const wanted = `${declared?.dtype} ${JSON.stringify(declared?.shape)}`;
  const listOfOne = isList && String(declared?.shape) === "1";
  if (stored === wanted && !listOfOne) return true;
  const message = `${feature} is stored as ${listOfOne ? "a list of one" : stored}, declared as ${wanted}`;
  report({ code: "schema", severity: "error", feature, file, message });
  return false;
}

function checkColumn(
  dataset: OpenedDataset,
  feature: string,
  column: NumericColumn,
  { file, episodes, stats, report }: FileCheck,
): void {
  let start = 0;
  for (const entry of episodes) {
    const end = Math.min(start + entry.length, column.frames);
    if (end <= start) break;
    const own = sliceFrames(column, start, end);
    start = end;
    const place = { episode: entry.episodeIndex, feature, file };
    const frame = firstNonFinite(own);
    if (frame !== undefined) {
      const message = `${feature} is not a finite number in frame ${frame}`;
      report({ code: "value", severity: "error", ...place, frame, message });
      continue;
    }
    if (INDEX_FEATURES.has(feature))
      checkIndexColumn(dataset, entry, { feature, file }, own, report);
    const where = { episode: entry.episodeIndex, feature, file: entry.file };
    compareStats(featureStats(entry.stats, feature), episodeStats(own), where, report);
    stats.addColumn(feature, own);
  }
}
