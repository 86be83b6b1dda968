import { TomlDate } from "smol-toml";
import { z } from "zod";
import { evenIfPartlyWrong } from "./refine.js";

const instant = z.custom<TomlDate>(
  (value) => value instanceof TomlDate && value.isDateTime() && !value.isLocal(),
);

const time = z.union([z.number().nonnegative(), instant], {
  error:
    "must be seconds since the episode's first frame (0 or more), or a date-time with offset such as 2026-05-01T12:00:00.5Z",
});

const range = z
  .strictObject({ task: z.string().min(1).max(10_000), from: time, to: time })
  .superRefine(({ from, to }: Partial<Record<string, unknown>>, context) => {
    if (kindOf(from) === undefined || kindOf(to) === undefined) return;
    if (kindOf(from) !== kindOf(to)) {
      context.addIssue({
        code: "custom",
        path: ["to"],
        message: "must be of the same kind as `from`: both seconds, or both date-times",
      });
    } else if (Number(from) >= Number(to)) {
      context.addIssue({ code: "custom", path: ["to"], message: "must be later than `from`" });
    }
  }, evenIfPartlyWrong);

/** The annotation file: which task the robot does when. Ranges hold `from`, not `to`. */
export const AnnotationTables = z.strictObject({
  ranges: z.array(range).min(1).max(10_000).superRefine(checkRanges, evenIfPartlyWrong),
});
export type AnnotationTables = z.infer<typeof AnnotationTables>;

/** Ranges may be in any order, but are all of one kind and do not overlap. */
function checkRanges(ranges: unknown, context: z.RefinementCtx): void {
  const entries = (Array.isArray(ranges) ? ranges : [])
    .map((entry: { from?: unknown; to?: unknown } | null, index) => ({
      index,
      kind: kindOf(entry?.from),
      from: Number(entry?.from),
      to: Number(entry?.to),
    }))
    .filter(({ kind, from, to }) => kind !== undefined && from < to);
  const odd = entries.find(({ kind }) => kind !== entries[0]?.kind);
  if (odd !== undefined) {
    context.addIssue({
      code: "custom",
      path: [odd.index, "from"],
      message: `must be of the same kind as in ranges[${entries[0]?.index}]: all seconds, or all date-times`,
    });
    return;
  }
  entries.sort((a, b) => a.from - b.from || a.index - b.index);
  for (const [position, entry] of entries.entries()) {
    const before = entries[position - 1];
    if (before === undefined || before.to <= entry.from) continue;
    context.addIssue({
      code: "custom",
      path: [entry.index, "from"],
      message: `lies within ranges[${before.index}]; ranges must not overlap`,
    });
  }
}

function kindOf(value: unknown): "seconds" | "instant" | undefined {
  if (typeof value === "number" && value >= 0) return "seconds";
  return value instanceof Date ? "instant" : undefined;
}
