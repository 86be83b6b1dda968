import { parseSync, Visitor } from "oxc-parser";

/** One import, re-export, `import()` or `import("…")` type of a file. */
export interface ImportSite {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
}

/** Everything a TypeScript file imports, types as well. Throws if it does not parse. */
export function importsOf(path: string, code: string): ImportSite[] {
  const { program, errors } = parseSync(path, code);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);

  const sites: { specifier: string; offset: number }[] = [];
  const add = (source: { value: unknown; start: number } | null): void => {
    if (typeof source?.value === "string") {
      sites.push({ specifier: source.value, offset: source.start });
    }
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ImportExpression: ({ source }) => {
      if (source.type === "Literal") add(source);
    },
    TSImportType: (node) => add(node.source),
  }).visit(program);
  return sites.map(({ specifier, offset }) => ({
    specifier,
    line: code.slice(0, offset).split("\n").length,
  }));
}

/** The package that a bare specifier names: `a/b` is `a`, `@x/y/z` is `@x/y`; undefined for others. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:)/.test(specifier)) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
