import type { FrameSink } from "../align/aligner.js";
import type { TimeGrid } from "../align/time-grid.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { DatasetError } from "../error.js";
import { createNumericReader } from "./fields/numeric-reader.js";
import { fieldError, type NumericReader, type NumericSource } from "./fields/numeric-source.js";
import { createTimestampReader } from "./fields/timestamp-reader.js";
import type { Sample } from "./sample.js";

/** A mapping onto a numeric feature. */
export type NumericMapping = Exclude<
  LerobotConfig["mappings"][number],
  { readonly mapping_type: "image" }
>;

/** What a numeric mapping contributes to its feature: `names.length` elements for every frame. */
export interface Segment {
  readonly mapping: NumericMapping;
  readonly names: readonly string[];
  /** Frame by frame; float64 for time stamps. */
  readonly values: Float32Array | Float64Array;
}

/** Reads what the frames take of a topic into a column allocated once for the whole episode. */
export class NumericTrack implements FrameSink<Sample> {
  readonly #mapping: NumericMapping;
  readonly #source: NumericSource;
  readonly #grid: TimeGrid;
  #reader: NumericReader | undefined;
  #segment: Segment | undefined;
  /** Elements of the message read last, and of the one before: blending needs both again and again. */
  #latest: Row = newRow(0);
  #previous: Row = newRow(0);

  constructor(mapping: NumericMapping, schemaName: string, grid: TimeGrid) {
    this.#mapping = mapping;
    this.#grid = grid;
    this.#source = {
      topic: mapping.topic,
      schemaName,
      field: mapping.field,
      names: mapping.mapping_type === "timestamp" ? undefined : mapping.names,
    };
  }

  /** Takes the elements, their order and their number from the topic's first message. */
  prepare(first: Sample): void {
    this.#reader =
      this.#mapping.mapping_type === "timestamp"
        ? createTimestampReader(this.#source, this.#grid)
        : createNumericReader(this.#source, first);
    this.#segment = this.#allocate(this.#reader.names);
    this.#latest = newRow(this.#reader.names.length);
    this.#previous = newRow(this.#reader.names.length);
  }

  take(sample: Sample, from: number, to: number): void {
    this.#write(this.#read(sample), from, to);
  }

  blend(before: Sample, after: Sample, frame: number, weight: number): void {
    const start = this.#read(before);
    const end = this.#read(after);
    this.#write(
      start.map((value, element) => value + weight * ((end[element] ?? NaN) - value)),
      frame,
      frame + 1,
    );
  }

  /** Frames without a message hold the mapping's fill. */
  none(from: number, to: number): void {
    const { fill } = this.#mapping;
    const { names } = (this.#segment ??= this.#allocate(this.#unseenNames()));
    if (Array.isArray(fill) && fill.length !== names.length)
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_SHAPE",
        `topic ${this.#source.topic}: \`fill\` has ${fill.length} values, the mapping ${names.length} elements`,
      );
    const row = Float64Array.from(names, (_, element) =>
      typeof fill === "number" ? fill : (fill?.[element] ?? NaN),
    );
    this.#write(row, from, to);
  }

  /** The column; all frames must have been written. */
  finish(): Segment {
    return (this.#segment ??= this.#allocate(this.#unseenNames()));
  }

  #allocate(names: readonly string[]): Segment {
    const length = this.#grid.frames * names.length;
    const isTime = this.#mapping.mapping_type === "timestamp";
    const values = isTime ? new Float64Array(length) : new Float32Array(length);
    return { mapping: this.#mapping, names, values };
  }

  /** Elements of an optional topic that no message describes. */
  #unseenNames(): readonly string[] {
    const { fill } = this.#mapping;
    if (this.#mapping.mapping_type === "timestamp") return ["time"];
    if (this.#mapping.names !== undefined) return this.#mapping.names;
    if (Array.isArray(fill)) return fill.map((_, element) => `element_${element}`);
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_SHAPE",
      `topic ${this.#source.topic}: it has no messages, so the number of elements of feature ${this.#mapping.feature} is unknown`,
      { hint: "Give `fill` one value for each element, or list the elements in `names`." },
    );
  }

  #read(sample: Sample): Float64Array {
    if (this.#latest.sample === sample) return this.#latest.values;
    if (this.#previous.sample === sample) return this.#previous.values;
    [this.#latest, this.#previous] = [this.#previous, this.#latest];
    this.#latest.sample = sample;
    this.#reader?.read(sample, this.#latest.values);
    this.#checkFinite(this.#latest.values, sample);
    return this.#latest.values;
  }

  #checkFinite(values: Float64Array, sample: Sample): void {
    const limit = this.#mapping.mapping_type === "timestamp" ? Infinity : FLOAT32_MAX;
    for (let element = 0; element < values.length; element++) {
      const value = values[element] ?? NaN;
      if (Number.isFinite(value) && Math.abs(value) <= limit) continue;
      throw fieldError(
        "ERR_ROBOFLOW_DATASET_FIELD",
        this.#source,
        sample,
        `element \`${this.#segment?.names[element] ?? element}\` is ${value}, which no feature can hold`,
        "A single NaN or infinity would spoil the statistics of the whole dataset; clean the recording.",
      );
    }
  }

  #write(row: Float64Array, from: number, to: number): void {
    const width = row.length;
    for (let frame = from; frame < to; frame++) this.#segment?.values.set(row, frame * width);
  }
}

interface Row {
  sample: Sample | undefined;
  readonly values: Float64Array;
}

const newRow = (width: number): Row => ({ sample: undefined, values: new Float64Array(width) });
const FLOAT32_MAX = 3.4028234663852886e38;
