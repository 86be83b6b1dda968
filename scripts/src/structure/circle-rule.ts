import { findCircles } from "./circles.js";
import { resolveRelative, type ImportingPackage } from "./importing-package.js";

/** Files of one package do not import each other in a circle, types included. */
export function checkCircles(packages: readonly ImportingPackage[]): string[] {
  return packages.flatMap(({ imports }) => {
    const graph = new Map<string, string[]>();
    for (const [file, sites] of imports) {
      const targets = sites.map(({ specifier }) => resolveRelative(file, specifier));
      graph.set(
        file,
        targets.filter((target) => target !== undefined),
      );
    }
    return findCircles(graph).map((circle) => `circle: ${[...circle, circle[0]].join(" → ")}`);
  });
}
