import { importsOf } from "../src/structure/imports.js";
import type { ImportingPackage } from "../src/structure/importing-package.js";
import type { Manifest } from "../src/structure/workspace.js";

/** A package for tests: `sources` maps paths inside of it to code. */
export function examplePackage(
  manifest: Manifest,
  sources: Record<string, string>,
): ImportingPackage {
  const dir = `packages/${manifest.name.replace(/^.*\//, "")}`;
  const imports = new Map(
    Object.entries(sources).map(([path, code]) => [`${dir}/${path}`, importsOf(path, code)]),
  );
  return {
    dir,
    manifest: { exports: { ".": {} }, ...manifest },
    files: [...imports.keys()],
    imports,
  };
}
