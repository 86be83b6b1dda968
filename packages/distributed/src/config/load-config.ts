import { dirname, resolve } from "node:path";
import { Annotation, LerobotConfig } from "@roboflow/dataset";
import type { TikvClient } from "../tikv-client.js";

/** Where a config comes from. */
export type ConfigInput =
  | { readonly path: string }
  | {
      readonly content: string | Uint8Array;
      /** What its relative paths start from; the working directory by default. */
      readonly directory?: string;
      /** Named in errors. */
      readonly file?: string;
    };

export interface LoadedConfig {
  readonly config: LerobotConfig;
  /** The annotation file that the config names. */
  readonly annotation: Annotation | null;
}

export interface StoredConfig extends LoadedConfig {
  /** What the job carries, 64 lower-case hex digits. */
  readonly hash: string;
  readonly annotationHash: string | null;
}

/**
 * Reads and checks a config and the annotation file that it names; stores nothing.
 * @throws DatasetError `ERR_ROBOFLOW_CONFIG_NOT_FOUND`, `ERR_ROBOFLOW_CONFIG_INVALID`,
 * `ERR_ROBOFLOW_ANNOTATION_INVALID`
 */
export async function loadConfig(input: ConfigInput): Promise<LoadedConfig> {
  const config = await parseConfig(input);
  const path = config.annotation_file;
  if (path === undefined) return { config, annotation: null };
  const annotation = await Annotation.fromFile(resolve(directoryOf(input), path));
  return { config, annotation };
}

/**
 * What submit does with a config: reads and checks it and its annotation file, then stores both
 * by content. If either is invalid, nothing is stored.
 * @throws DatasetError as `loadConfig`; DistributedError as `TikvClient.putConfig`
 */
export async function loadOrStoreConfig(
  options: ConfigInput & { readonly client: TikvClient },
): Promise<StoredConfig> {
  const { config, annotation } = await loadConfig(options);
  // The annotation first: a config in the store has what it needs.
  if (annotation !== null) await options.client.putAnnotation(annotation.content);
  const { hash } = await options.client.putConfig(config.content);
  return { hash, config, annotation, annotationHash: annotation?.hash ?? null };
}

async function parseConfig(input: ConfigInput): Promise<LerobotConfig> {
  if ("path" in input) return LerobotConfig.fromFile(input.path);
  const { content, file } = input;
  return LerobotConfig.fromToml(content, file === undefined ? {} : { file });
}

function directoryOf(input: ConfigInput): string {
  if ("path" in input) return dirname(resolve(input.path));
  return input.directory ?? process.cwd();
}
