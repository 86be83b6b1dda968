import type { DatasetError } from "../../error.js";
import type { Sample } from "../sample.js";
import { isFields, isList, isNumericList, valueAt } from "./access.js";
import { defaultField, splitPath } from "./default-field.js";
import { JointReader } from "./joint-reader.js";
import {
  didYouMean,
  fieldError,
  type NumericReader,
  type NumericSource,
} from "./numeric-source.js";
import { PartsReader } from "./parts-reader.js";

/**
 * Compiles the reader of a mapping from the topic's first message, which fixes the elements and
 * their order.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_FIELD` if the message has no such field, element or
 *   joint, or the field is not numeric
 */
export function createNumericReader(source: NumericSource, first: Sample): NumericReader {
  const path =
    source.field === undefined ? defaultField(source.schemaName) : splitPath(source.field);
  if (path === undefined) throw needsField(source, first);
  const value = valueAt(first.value, path);
  if (value === undefined) throw absentField(source, first, path);
  const joints = jointNamesPath(first.value, path);
  if (joints !== undefined && isNumericList(value)) {
    const reader = JointReader.create(source, { values: path, names: joints }, first);
    if (reader !== undefined) return reader;
  }
  return PartsReader.create(source, path, first);
}

/** Where the message names the elements of the list at `path`: JointState's `name` and its like. */
function jointNamesPath(message: unknown, path: readonly string[]): string[] | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const parent = path.slice(0, depth);
    for (const key of ["name", "joint_names"]) {
      const names = valueAt(message, [...parent, key]);
      if (Array.isArray(names) && names.every((name) => typeof name === "string"))
        return [...parent, key];
    }
  }
  return undefined;
}

function absentField(source: NumericSource, sample: Sample, path: readonly string[]): DatasetError {
  const wanted = path.join(".");
  const known = numericPaths(sample.value);
  return fieldError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    source,
    sample,
    `has no field \`${wanted}\`${didYouMean(wanted, known)}`,
    `Numeric fields: ${listed(known)}.`,
  );
}

function needsField(source: NumericSource, sample: Sample): DatasetError {
  return fieldError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    source,
    sample,
    "the type does not tell which of its fields to take",
    `Set \`field\` in the mapping to one of ${listed(numericPaths(sample.value))}.`,
  );
}

const MOST_LISTED = 20;

function listed(paths: readonly string[]): string {
  if (paths.length === 0) return "none";
  const more = paths.length > MOST_LISTED ? `, and ${paths.length - MOST_LISTED} more` : "";
  return paths.slice(0, MOST_LISTED).join(", ") + more;
}

/** Paths of all numbers and lists of numbers in a message, but for its header. */
function numericPaths(value: unknown, path: readonly string[] = []): string[] {
  if (isFields(value))
    return Object.entries(value).flatMap(([key, part]) =>
      path.length === 0 && key === "header" ? [] : numericPaths(part, [...path, key]),
    );
  const numeric = isList(value) ? isNumericList(value) : typeof value !== "string";
  return numeric && value !== undefined ? [path.join(".")] : [];
}
