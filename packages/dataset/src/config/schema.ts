import { z } from "zod";
import { checkFeatures } from "./check-features.js";
import { Mapping } from "./mapping.js";
import { evenIfPartlyWrong } from "./refine.js";
import { DatasetTable, FlushingTable, StreamingTable } from "./tables.js";
import { VideoSettings } from "./video-settings.js";

const mappings = z.array(Mapping).min(1).max(10_000).superRefine(checkFeatures, evenIfPartlyWrong);

/**
 * The whole config, with the TOML's own key names; defaults are filled in. The one source of truth:
 * types, checks, the JSON Schema for editors and the documentation follow from it.
 */
export const ConfigTables = z.strictObject({
  annotation_file: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      "Path of a TOML file with the task of each time range, relative to the config's directory.",
    ),
  dataset: DatasetTable.describe("What the dataset is."),
  mappings: mappings.describe("Which topic becomes which feature."),
  video: VideoSettings.prefault({}).describe("How cameras are encoded."),
  flushing: FlushingTable.prefault({}).describe("What a conversion may hold in memory."),
  streaming: StreamingTable.prefault({}).describe("Reading from and writing to object stores."),
});
export type ConfigTables = z.infer<typeof ConfigTables>;
