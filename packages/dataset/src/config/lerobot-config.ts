import { sha256Hex } from "@roboflow/core";
import { readConfigFile } from "./config-file.js";
import { deepFreeze, type DeepReadonly } from "./deep-freeze.js";
import { ConfigTables } from "./schema.js";
import { decodeToml, type TomlSource } from "./toml-source.js";
import { validateToml } from "./validate-toml.js";
import { warningsOf } from "./without-effect.js";

type Tables = DeepReadonly<ConfigTables>;

/**
 * A checked config: the tables of the TOML under their own names, defaults filled in, and the exact
 * text that they came from. Immutable.
 */
export class LerobotConfig implements Tables {
  /** Path of the annotation file as written; relative to the config's directory. */
  declare readonly annotation_file?: string;
  readonly dataset: Tables["dataset"];
  readonly mappings: Tables["mappings"];
  readonly video: Tables["video"];
  readonly flushing: Tables["flushing"];
  readonly streaming: Tables["streaming"];
  /** The exact text, with byte order mark and line ends as they were. */
  readonly content: string;
  /** SHA-256 of the exact bytes, 64 lower-case hex digits. */
  readonly hash: string;
  /** Keys that are accepted but have no effect yet, one sentence each. */
  readonly warnings: readonly string[];

  private constructor(tables: Tables, content: string, warnings: readonly string[]) {
    if (tables.annotation_file !== undefined) this.annotation_file = tables.annotation_file;
    this.dataset = tables.dataset;
    this.mappings = tables.mappings;
    this.video = tables.video;
    this.flushing = tables.flushing;
    this.streaming = tables.streaming;
    this.content = content;
    this.hash = sha256Hex(content);
    this.warnings = Object.freeze(warnings);
    Object.freeze(this);
  }

  /**
   * Parses and checks TOML: at most 1 MiB of UTF-8, 32 levels, 1,000 keys, arrays of 10,000.
   *
   * @param options.file Named in errors.
   * @throws DatasetError `ERR_ROBOFLOW_CONFIG_INVALID`, listing every problem with key and line
   */
  static fromToml(content: string | Uint8Array, options: { file?: string } = {}): LerobotConfig {
    const source: TomlSource = {
      name: options.file ?? "config",
      code: "ERR_ROBOFLOW_CONFIG_INVALID",
    };
    const text = decodeToml(content, source);
    const { written, table } = validateToml(ConfigTables, text, source);
    return new LerobotConfig(deepFreeze(table), text, warningsOf(written));
  }

  /**
   * Reads and checks a local TOML file.
   *
   * @throws DatasetError `ERR_ROBOFLOW_CONFIG_NOT_FOUND` if there is no file to read, otherwise as
   * {@link LerobotConfig.fromToml}
   */
  static async fromFile(path: string): Promise<LerobotConfig> {
    const bytes = await readConfigFile(path, "config");
    return LerobotConfig.fromToml(bytes, { file: path });
  }
}
