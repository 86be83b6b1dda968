import { judgeImports, type ImportingPackage } from "./importing-package.js";
import { packageOf } from "./imports.js";
import { isTestFile, type Manifest } from "./workspace.js";

/**
 * Every imported package is declared where it is needed: what ships imports no devDependency. Tests
 * may also use `shared`, the test tools that the root declares for all packages.
 */
export function checkDependencies(
  packages: readonly ImportingPackage[],
  shared: Manifest["devDependencies"] = {},
): string[] {
  return judgeImports(packages, ({ manifest }, file, specifier) => {
    const name = packageOf(specifier);
    if (name === undefined || name === manifest.name) return undefined;
    const declared = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
      ...(isTestFile(file) ? { ...manifest.devDependencies, ...shared } : {}),
    };
    if (Object.hasOwn(declared, name)) return undefined;
    return Object.hasOwn(manifest.devDependencies ?? {}, name)
      ? `${name} is only a devDependency, but this file ships`
      : `${name} is not among the dependencies of ${manifest.name}`;
  });
}
