import { joinUrl } from "@roboflow/storage";
import type { DatasetFiles } from "../files/dataset-files.js";
import { AT_ONCE, type FetchedFiles } from "../files/fetched-files.js";
import { inOrder } from "../files/in-order.js";
import { toArrow } from "../parquet/arrow-column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { encodeTable } from "../parquet/write-table.js";
import { finalizeImageStats, type LerobotStats } from "../stats/finalize-stats.js";
import type { AssemblyPlan } from "./assembly-plan.js";
import { cameraNames, huggingfaceMetadata, numericFeatures } from "./dataset-features.js";
import { DatasetStats } from "./dataset-stats.js";
import { episodeColumns } from "./episode-columns.js";
import { EpisodeRows, type EpisodeRow } from "./episode-rows.js";
import { episodeStats } from "./feature-summary.js";
import { dataPath } from "./file-slot.js";
import { readManifest, type EpisodeArtifacts } from "./read-manifest.js";
import { RollingParquet } from "./rolling-parquet.js";

export interface WriteRowsOptions {
  readonly episodes: readonly EpisodeArtifacts[];
  readonly inputs: FetchedFiles;
  readonly outputs: DatasetFiles;
  /** Of one file. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { framesDone: number; framesTotal: number }) => void;
}

/** Data files and meta/episodes, in one pass over the episodes. */
export async function writeRows(
  engine: ParquetEngine,
  plan: AssemblyPlan,
  { episodes, maxBytes, inputs, outputs, signal, onProgress }: WriteRowsOptions,
): Promise<{ stats: DatasetStats; dataFiles: ReadonlySet<string> }> {
  const metadata = new Map([["huggingface", huggingfaceMetadata(numericFeatures(plan.manifest))]]);
  const stats = new DatasetStats();
  const dataFiles = new Set<string>();
  await using data = await RollingParquet.create({ files: outputs, pathOf: dataPath, maxBytes });
  await using rows = await EpisodeRows.create(engine, {
    files: outputs,
    maxBytes,
    manifest: plan.manifest,
  });
  let firstIndex = 0;
  let episodeIndex = -1;
  const fetch = async (source: EpisodeArtifacts) => {
    const manifest = await readManifest(source, inputs);
    const file = await inputs.fetch(joinUrl(source.url, manifest.data.file));
    return { manifest, file, label: source.label };
  };
  for await (const { manifest, file, label } of inOrder(episodes, AT_ONCE, fetch)) {
    signal?.throwIfAborted();
    episodeIndex += 1;
    const labelled = { manifest, label };
    const position = { episodeIndex, firstIndex, taskIndices: plan.tasks };
    const columns = await episodeColumns(file.path, labelled, position);
    await file[Symbol.asyncDispose]();
    const encoded = encodeTable(
      engine,
      {
        rows: manifest.length,
        columns: new Map([...columns].map(([name, column]) => [name, toArrow(engine, column)])),
      },
      metadata,
    );
    const slot = await data.append(() => encoded);
    dataFiles.add(dataPath(slot));

    const perFeature = new Map<string, LerobotStats>();
    for (const [name, column] of columns) {
      perFeature.set(name, episodeStats(column));
      stats.addColumn(name, column);
    }
    for (const camera of cameraNames(manifest)) {
      const images = manifest.stats[camera];
      if (images?.kind !== "image") continue;
      perFeature.set(camera, finalizeImageStats(images));
      stats.addImages(camera, images);
    }
    const toIndex = firstIndex + manifest.length;
    const row: EpisodeRow = {
      episodeIndex,
      tasks: [...new Set(manifest.tasks.map(({ task }) => task))],
      length: manifest.length,
      data: slot,
      fromIndex: firstIndex,
      toIndex,
      videos: placements(plan, episodeIndex),
      stats: perFeature,
    };
    await rows.add(row);
    firstIndex = toIndex;
    onProgress?.({ framesDone: firstIndex, framesTotal: plan.frames });
  }
  await data.close();
  await rows.close();
  return { stats, dataFiles };
}

function placements({ videos }: AssemblyPlan, episodeIndex: number): EpisodeRow["videos"] {
  return new Map(
    [...videos].flatMap(([camera, plan]) => {
      const placement = plan.placements[episodeIndex];
      return placement === undefined ? [] : [[camera, placement] as const];
    }),
  );
}
