import { Mapping } from "./mapping.js";

export interface Problem {
  /** From the list of mappings: index, key. */
  readonly path: [number, string];
  readonly message: string;
}

/** What is wrong between mappings. Entries that are wrong by themselves are passed over. */
export function featureProblems(list: readonly unknown[]): Problem[] {
  const problems: Problem[] = [];
  const byFeature = new Map<string, { index: number; mapping: Mapping }[]>();
  for (const [index, entry] of list.entries()) {
    const { data: mapping } = Mapping.safeParse(entry);
    if (mapping === undefined) continue;
    const others = byFeature.get(mapping.feature) ?? [];
    byFeature.set(mapping.feature, [...others, { index, mapping }]);
    for (const other of others) {
      const problem = conflict(other.mapping, mapping, other.index);
      if (problem === undefined) continue;
      problems.push({ path: [index, problem.key], message: problem.message });
      break;
    }
  }
  return problems;
}

function conflict(
  first: Mapping,
  second: Mapping,
  index: number,
): { key: string; message: string } | undefined {
  const where = `mappings[${index}]`;
  const [kind, firstKind] = [second.mapping_type, first.mapping_type];
  if (kind !== firstKind) {
    return {
      key: "mapping_type",
      message: `${where} writes the same feature with mapping_type "${firstKind}"; one feature holds one kind`,
    };
  }
  if (kind === "image") {
    return {
      key: "feature",
      message: `${where} writes this camera already; each camera needs a feature of its own`,
    };
  }
  if (first.topic === second.topic && fieldOf(first) === fieldOf(second)) {
    return {
      key: "topic",
      message: `${where} writes the same topic and field to this feature already`,
    };
  }
  return undefined;
}

function fieldOf(mapping: Mapping): string | undefined {
  return mapping.mapping_type === "image" ? undefined : mapping.field;
}
