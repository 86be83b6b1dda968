import type { Sample } from "../sample.js";
import { asNumber, isList, valueAt } from "./access.js";
import {
  didYouMean,
  fieldError,
  type NumericReader,
  type NumericSource,
} from "./numeric-source.js";

interface JointPaths {
  readonly values: readonly string[];
  readonly names: readonly string[];
}

/** Elements that the message itself names (`sensor_msgs/JointState`): always taken by name. */
export class JointReader implements NumericReader {
  readonly names: readonly string[];
  readonly #source: NumericSource;
  readonly #paths: JointPaths;
  /** The names that `#order` belongs to: messages seldom change them. */
  #seen: readonly string[] | undefined;
  #order: readonly number[] = [];

  private constructor(source: NumericSource, paths: JointPaths, names: readonly string[]) {
    this.#source = source;
    this.#paths = paths;
    this.names = names;
  }

  /**
   * Undefined where the mapping names no joints and the first message can't: its names are left
   * out, or not distinct.
   */
  static create(source: NumericSource, paths: JointPaths, first: Sample): JointReader | undefined {
    const present = jointNames(first, paths);
    const distinct = present.length > 0 && new Set(present).size === present.length;
    if (source.names === undefined && !distinct) return undefined;
    return new JointReader(source, paths, source.names ?? present);
  }

  read(sample: Sample, target: Float64Array): void {
    const present = jointNames(sample, this.#paths);
    const value = valueAt(sample.value, this.#paths.values);
    const values = isList(value) ? value : [];
    if (this.#seen === undefined || !sameItems(present, this.#seen)) {
      this.#order = this.#locate(present, sample);
      this.#seen = present;
    }
    if (values.length !== present.length)
      throw fieldError(
        "ERR_ROBOFLOW_DATASET_SHAPE",
        this.#source,
        sample,
        `\`${this.#paths.values.join(".")}\` has ${values.length} values for ${present.length} joints`,
      );
    this.#order.forEach((index, element) => {
      target[element] = asNumber(values[index]) ?? NaN;
    });
  }

  /** Where each wanted joint stands in a message with these joints. */
  #locate(present: readonly string[], sample: Sample): number[] {
    const all = this.#source.names === undefined;
    if (all && present.length !== this.names.length)
      throw fieldError(
        "ERR_ROBOFLOW_DATASET_SHAPE",
        this.#source,
        sample,
        `has ${present.length} joints, the first message had ${this.names.length}`,
        "If only some joints matter, list them in the mapping's `names`.",
      );
    return this.names.map((name) => {
      const index = present.indexOf(name);
      if (index >= 0) return index;
      throw fieldError(
        "ERR_ROBOFLOW_DATASET_FIELD",
        this.#source,
        sample,
        `has no joint \`${name}\`${didYouMean(name, present)}`,
        `Its joints: ${present.join(", ") || "none is named"}.`,
      );
    });
  }
}

function jointNames(sample: Sample, paths: JointPaths): readonly string[] {
  const names = valueAt(sample.value, paths.names);
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

const sameItems = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);
