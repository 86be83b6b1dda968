import { checkBoundaries } from "./boundary-rule.js";
import { checkCircles } from "./circle-rule.js";
import { checkDependencies } from "./dependency-rule.js";
import { readImports } from "./importing-package.js";
import { checkLayers, checkTable } from "./layer-rule.js";
import { LAYERS } from "./layers.js";
import { checkSizes } from "./size-rule.js";
import { readManifest, workspacePackages } from "./workspace.js";

/** All rules on the workspace's structure; one line for each breach, none if it is sound. */
export function checkStructure(root: string): string[] {
  const packages = workspacePackages(root).map((found) => readImports(root, found));
  return [
    ...checkTable(packages, LAYERS),
    ...checkLayers(packages, LAYERS),
    ...checkDependencies(packages, readManifest(root).devDependencies),
    ...checkBoundaries(packages),
    ...checkCircles(packages),
    ...checkSizes(root, packages),
  ];
}
