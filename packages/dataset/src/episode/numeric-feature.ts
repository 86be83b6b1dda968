import type { NumericColumn } from "../parquet/column.js";
import type { FeatureSpec } from "./manifest.js";
import type { Segment } from "./numeric-track.js";

/** A numeric feature of the episode and its declaration. */
export interface NumericFeature {
  readonly spec: FeatureSpec;
  readonly column: NumericColumn;
}

/** Joins the mappings of one feature, in the config's order, into vectors. */
export function joinSegments(segments: readonly Segment[], frames: number): NumericFeature {
  const names = distinctNames(segments);
  const isTime = segments.every(({ mapping }) => mapping.mapping_type === "timestamp");
  const shape = [names.length];
  const column: NumericColumn = isTime
    ? {
        shape,
        frames,
        dtype: "float64",
        values: join(segments, frames, new Float64Array(frames * names.length)),
      }
    : {
        shape,
        frames,
        dtype: "float32",
        values: join(segments, frames, new Float32Array(frames * names.length)),
      };
  return { spec: { dtype: column.dtype, shape, names: isTime ? null : names }, column };
}

function join<Values extends Float32Array | Float64Array>(
  segments: readonly Segment[],
  frames: number,
  target: Values,
): Values {
  const width = target.length / frames;
  let start = 0;
  for (const { values, names } of segments) {
    for (let frame = 0; frame < frames; frame++)
      target.set(
        values.subarray(frame * names.length, (frame + 1) * names.length),
        frame * width + start,
      );
    start += names.length;
  }
  return target;
}

/** Elements of two topics may have one name (`x`); LeRobot keys values by it, so the topic tells them apart. */
function distinctNames(segments: readonly Segment[]): string[] {
  const plain = segments.flatMap(({ names }) => names);
  if (new Set(plain).size === plain.length) return plain;
  return segments.flatMap(({ mapping, names }) => {
    const topic = mapping.topic.replace(/^\//, "");
    const prefix = mapping.field === undefined ? topic : `${topic}.${mapping.field}`;
    return names.map((name) => `${prefix}.${name}`);
  });
}
