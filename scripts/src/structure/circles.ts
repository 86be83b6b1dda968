/**
 * Circles in a directed graph, one for each knot of nodes that reach each other, as the path
 * around it (first node not repeated at the end). Deterministic for a given order of nodes.
 */
export function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];

  const walk = (node: string): void => {
    const start = path.indexOf(node);
    if (start >= 0) {
      circles.push(path.slice(start));
      return;
    }
    if (done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) walk(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) walk(node);
  return circles;
}
