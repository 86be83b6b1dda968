import { distance } from "fastest-levenshtein";

/** The candidates close enough to `input` to be what was meant, nearest first, at most `limit`. */
export function closeNames(input: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = input.toLowerCase();
  const furthest = Math.max(2, Math.floor(input.length / 3));
  return [...new Set(candidates)]
    .map((name) => ({ name, edits: distance(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= furthest)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}
