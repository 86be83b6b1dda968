import { judgeImports, resolveRelative, type ImportingPackage } from "./importing-package.js";
import { isTestFile } from "./workspace.js";

/** Settings at the root that every package's own settings build on. */
const SHARED_SETTINGS = "vitest.shared.ts";

/** Relative imports stay inside their package, and what ships imports no test file. */
export function checkBoundaries(packages: readonly ImportingPackage[]): string[] {
  return judgeImports(packages, ({ dir, manifest }, file, specifier) => {
    const target = resolveRelative(file, specifier);
    if (target === undefined) return undefined;
    const fromTest = isTestFile(file);
    if (!target.startsWith(`${dir}/`)) {
      const settings = fromTest && target === SHARED_SETTINGS;
      return settings ? undefined : `${specifier} leaves ${manifest.name}`;
    }
    return isTestFile(target) && !fromTest
      ? `${specifier} is a test, but this file ships`
      : undefined;
  });
}
