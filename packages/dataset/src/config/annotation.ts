import { sha256Hex } from "@roboflow/core";
import { AnnotationTables } from "./annotation-schema.js";
import { readConfigFile } from "./config-file.js";
import { decodeToml, type TomlSource } from "./toml-source.js";
import { validateToml } from "./validate-toml.js";

/** One task and its time: from `from` to before `to`, nanoseconds. */
export interface AnnotatedRange {
  readonly task: string;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * A checked annotation file: which task the robot does when. Immutable. A TOML file of
 *
 *     [[ranges]]
 *     task = "pick up the cube"
 *     from = 0.0
 *     to = 4.2
 */
export class Annotation {
  /** What times count from: the episode's first frame, or the epoch (the file has date-times). */
  readonly origin: "episode" | "epoch";
  /** In order of time, without overlaps. */
  readonly ranges: readonly AnnotatedRange[];
  /** The exact text. */
  readonly content: string;
  /** SHA-256 of the exact bytes, 64 lower-case hex digits. */
  readonly hash: string;

  private constructor({ ranges }: AnnotationTables, content: string) {
    this.origin = typeof ranges[0]?.from === "number" ? "episode" : "epoch";
    this.ranges = Object.freeze(
      ranges
        .map(({ task, from, to }) =>
          Object.freeze({ task, from: nanoseconds(from), to: nanoseconds(to) }),
        )
        .sort((a, b) => (a.from < b.from ? -1 : 1)),
    );
    this.content = content;
    this.hash = sha256Hex(content);
    Object.freeze(this);
  }

  /**
   * Parses and checks an annotation file; the limits are those of a config.
   *
   * @param options.file Named in errors.
   * @throws DatasetError `ERR_ROBOFLOW_ANNOTATION_INVALID`, listing every problem with key and line
   */
  static fromToml(content: string | Uint8Array, options: { file?: string } = {}): Annotation {
    const source: TomlSource = {
      name: options.file ?? "annotation file",
      code: "ERR_ROBOFLOW_ANNOTATION_INVALID",
    };
    const text = decodeToml(content, source);
    return new Annotation(validateToml(AnnotationTables, text, source).table, text);
  }

  /**
   * Reads and checks a local annotation file.
   *
   * @throws DatasetError `ERR_ROBOFLOW_CONFIG_NOT_FOUND` if there is no file to read, otherwise as
   * {@link Annotation.fromToml}
   */
  static async fromFile(path: string): Promise<Annotation> {
    const bytes = await readConfigFile(path, "annotation");
    return Annotation.fromToml(bytes, { file: path });
  }
}

/** Seconds, or a date in milliseconds since the epoch. */
function nanoseconds(time: number | Date): bigint {
  if (typeof time !== "number") return BigInt(time.getTime()) * 1_000_000n;
  const whole = Math.floor(time);
  return BigInt(whole) * 1_000_000_000n + BigInt(Math.round((time - whole) * 1e9));
}
