import { closeNames } from "@roboflow/core";
import { describeTime } from "../../align/describe-time.js";
import { DatasetError, type DatasetErrorCode } from "../../error.js";
import type { Sample } from "../sample.js";

/** Reads a mapping's elements from messages, in a fixed order. */
export interface NumericReader {
  /** One for each element. */
  readonly names: readonly string[];
  /** Writes the elements of the message to `target`, which has `names.length` of them. */
  read(sample: Sample, target: Float64Array): void;
}

/** What of a topic a mapping wants. */
export interface NumericSource {
  readonly topic: string;
  /** e.g. `sensor_msgs/msg/JointState` */
  readonly schemaName: string;
  /** Path into the message; the type's default if undefined. */
  readonly field: string | undefined;
  /** Elements to take, by name and in this order; all if undefined. */
  readonly names: readonly string[] | undefined;
}

/** An error about a message of a topic, naming both and the time. */
export function fieldError(
  code: DatasetErrorCode,
  source: NumericSource,
  sample: Sample,
  problem: string,
  hint?: string,
): DatasetError {
  const where = `topic ${source.topic} (${source.schemaName}) at ${describeTime(sample.logTime)}`;
  return new DatasetError(code, `${where}: ${problem}`, hint === undefined ? {} : { hint });
}

/** `name` in quotes, and what it may have been meant to be. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const close = closeNames(name, candidates);
  return close.length === 0
    ? ""
    : `; did you mean ${close.map((text) => `\`${text}\``).join(", ")}?`;
}
