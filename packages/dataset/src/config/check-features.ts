import type { z } from "zod";

/** What of a mapping counts here; an entry may be of any type, since others' issues say so. */
interface Entry {
  readonly index: number;
  readonly topic: unknown;
  readonly kind: unknown;
  readonly field: unknown;
}

/** Finds what is wrong between mappings: those onto one feature must go together. */
export function checkFeatures(mappings: unknown, context: z.RefinementCtx): void {
  if (!Array.isArray(mappings)) return;
  const byFeature = new Map<string, Entry[]>();
  for (const [index, mapping] of mappings.entries()) {
    if (typeof mapping !== "object" || mapping === null) continue;
    const { feature, topic, mapping_type: kind = "state", field } = mapping;
    if (typeof feature !== "string") continue;
    const entry: Entry = { index, topic, kind, field };
    const others = byFeature.get(feature) ?? [];
    byFeature.set(feature, [...others, entry]);
    for (const other of others) {
      const problem = conflict(other, entry);
      if (problem === undefined) continue;
      context.addIssue({ code: "custom", path: [index, problem.key], message: problem.message });
      break;
    }
  }
}

function conflict(first: Entry, second: Entry): { key: string; message: string } | undefined {
  const where = `mappings[${first.index}]`;
  if (first.kind !== second.kind) {
    return {
      key: "mapping_type",
      message: `differs from that of ${where}, which writes the same feature; one feature holds one kind`,
    };
  }
  if (second.kind === "image") {
    return {
      key: "feature",
      message: `is written by ${where} already; each camera needs a feature of its own`,
    };
  }
  if (first.topic === second.topic && first.field === second.field) {
    return {
      key: "topic",
      message: `${where} writes the same topic and field onto this feature already`,
    };
  }
  return undefined;
}
