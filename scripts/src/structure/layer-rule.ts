import { judgeImports, type ImportingPackage } from "./importing-package.js";
import { packageOf } from "./imports.js";
import { FOR_ALL_TESTS, type Layer } from "./layers.js";
import { isTestFile, type WorkspacePackage } from "./workspace.js";

type Layers = Readonly<Record<string, Layer>>;

/** The table names only packages above in it, and every package of the workspace is in it. */
export function checkTable(packages: readonly WorkspacePackage[], layers: Layers): string[] {
  const problems: string[] = [];
  const above = new Set<string>();
  for (const [name, { imports, testsImport = [] }] of Object.entries(layers)) {
    for (const target of [...imports, ...testsImport]) {
      if (!above.has(target)) {
        problems.push(`layers.ts: ${name} names ${target}, which is not above it`);
      }
    }
    above.add(name);
  }
  for (const { dir, manifest } of packages) {
    if (!above.has(manifest.name)) {
      problems.push(`${dir}: ${manifest.name} has no place in scripts/src/structure/layers.ts`);
    }
  }
  return problems;
}

/** Workspace packages are imported as the table allows, and only what their `exports` offer. */
export function checkLayers(packages: readonly ImportingPackage[], layers: Layers): string[] {
  const byName = new Map(packages.map((found) => [found.manifest.name, found]));
  return judgeImports(packages, ({ manifest }, file, specifier) => {
    const name = packageOf(specifier);
    const target = name === undefined ? undefined : byName.get(name);
    if (name === undefined || target === undefined) return undefined;
    if (!Object.hasOwn(target.manifest.exports ?? {}, `.${specifier.slice(name.length)}`)) {
      return `${specifier} is not among the exports of ${name}`;
    }
    const { imports = [], testsImport = [] } = layers[manifest.name] ?? {};
    const allowed = isTestFile(file)
      ? [...imports, ...testsImport, ...FOR_ALL_TESTS, manifest.name]
      : imports;
    return allowed.includes(name) ? undefined : `${manifest.name} must not import ${name}`;
  });
}
