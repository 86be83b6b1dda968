import type { Sample } from "../sample.js";
import { asNumber, isFields, isList, isNumericList, valueAt } from "./access.js";
import {
  didYouMean,
  fieldError,
  type NumericReader,
  type NumericSource,
} from "./numeric-source.js";

/** A number, or a list of numbers of fixed length, somewhere in a message. */
interface Part {
  readonly path: readonly string[];
  /** Undefined for a single number. */
  readonly length: number | undefined;
}

/** Elements by position: numbers and lists of numbers at fixed places, in the message's order. */
export class PartsReader implements NumericReader {
  readonly names: readonly string[];
  readonly #source: NumericSource;
  readonly #parts: readonly Part[];
  /** Which elements of the parts are taken, if not all in order. */
  readonly #order: readonly number[] | undefined;
  readonly #all: Float64Array;

  private constructor(
    source: NumericSource,
    parts: readonly Part[],
    elements: readonly string[],
    order: readonly number[] | undefined,
  ) {
    this.#source = source;
    this.#parts = parts;
    this.#order = order;
    this.#all = new Float64Array(elements.length);
    this.names = source.names ?? elements;
  }

  /**
   * With `names`: a list without names of its own takes them as labels, one for each of its
   * elements; the parts of a structure (`linear.x`) are selected by them.
   */
  static create(source: NumericSource, path: readonly string[], first: Sample): PartsReader {
    const parts = partsOf(source, first, path, valueAt(first.value, path));
    const elements = parts.flatMap((part) => elementNames(part, path));
    if (elements.length === 0) throw noElements(source, first, path);
    const { names } = source;
    if (names === undefined) return new PartsReader(source, parts, elements, undefined);
    if (parts.some((part) => part.length !== undefined)) {
      if (names.length !== elements.length) throw wrongLabels(source, first, path, elements.length);
      return new PartsReader(source, parts, elements, undefined);
    }
    const order = names.map((name) => {
      const index = elements.indexOf(name);
      if (index >= 0) return index;
      // A single number takes a name of the user's choice.
      if (elements.length === 1 && names.length === 1) return 0;
      throw unknownElement(source, first, name, elements);
    });
    return new PartsReader(source, parts, elements, order);
  }

  read(sample: Sample, target: Float64Array): void {
    const into = this.#order === undefined ? target : this.#all;
    let at = 0;
    for (const part of this.#parts) at = this.#readPart(part, sample, into, at);
    this.#order?.forEach((index, element) => {
      target[element] = this.#all[index] ?? NaN;
    });
  }

  /** Returns where the next part begins. */
  #readPart(part: Part, sample: Sample, into: Float64Array, at: number): number {
    const value = valueAt(sample.value, part.path);
    if (part.length === undefined) {
      into[at] = asNumber(value) ?? NaN;
      return at + 1;
    }
    const list = isList(value) ? value : [];
    if (list.length !== part.length)
      throw fieldError(
        "ERR_ROBOFLOW_DATASET_SHAPE",
        this.#source,
        sample,
        `\`${part.path.join(".")}\` has ${list.length} values, the first message had ${part.length}`,
      );
    for (let index = 0; index < list.length; index++)
      into[at + index] = asNumber(list[index]) ?? NaN;
    return at + list.length;
  }
}

/** The numbers at and below a path, in the message's order, without the message's header. */
function partsOf(
  source: NumericSource,
  sample: Sample,
  path: readonly string[],
  value: unknown,
): Part[] {
  if (isFields(value))
    return Object.entries(value)
      .filter(([key]) => path.length > 0 || key !== "header")
      .flatMap(([key, part]) => partsOf(source, sample, [...path, key], part));
  if (asNumber(value) !== undefined) return [{ path, length: undefined }];
  if (isNumericList(value)) return [{ path, length: value.length }];
  const held = typeof value === "string" ? "text" : "a list of structures or text";
  throw fieldError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    source,
    sample,
    `\`${path.join(".")}\` holds ${held}, not numbers`,
    "Set `field` in the mapping to a number or a list of numbers.",
  );
}

/** Names relative to the mapping's field, as short as they can be: `x`, `position.x`, `data_0`. */
function elementNames(part: Part, base: readonly string[]): string[] {
  const name = part.path.slice(base.length).join(".") || (part.path.at(-1) ?? "");
  if (part.length === undefined) return [name];
  return Array.from({ length: part.length }, (_, index) => `${name}_${index}`);
}

const noElements = (source: NumericSource, sample: Sample, path: readonly string[]) =>
  fieldError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    source,
    sample,
    `\`${path.join(".")}\` is empty in the first message`,
    "Set `field` in the mapping to one that holds numbers.",
  );

const wrongLabels = (
  source: NumericSource,
  sample: Sample,
  path: readonly string[],
  width: number,
) =>
  fieldError(
    "ERR_ROBOFLOW_DATASET_SHAPE",
    source,
    sample,
    `\`${path.join(".")}\` has ${width} values, but the mapping's \`names\` lists ${source.names?.length ?? 0}`,
  );

const unknownElement = (
  source: NumericSource,
  sample: Sample,
  name: string,
  elements: readonly string[],
) =>
  fieldError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    source,
    sample,
    `has no element \`${name}\`${didYouMean(name, elements)}`,
    `Its elements: ${elements.join(", ")}.`,
  );
