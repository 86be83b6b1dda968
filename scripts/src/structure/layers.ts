/** What a package may import of this workspace, in its sources and (in addition) in its tests. */
export interface Layer {
  readonly imports: readonly string[];
  readonly testsImport?: readonly string[];
}

/**
 * The layers from bottom to top. A package may name only packages above it in this table, so that
 * imports point downwards and never in a circle. A package that is not here fails the check.
 */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "@roboflow/readme-examples": { imports: [] },
  "@roboflow/core": { imports: [] },
  "@roboflow/tikv-proto": { imports: [] },
  "@roboflow/tikv-testkit": { imports: ["@roboflow/core", "@roboflow/tikv-proto"] },
  "tikv-client": {
    imports: ["@roboflow/core", "@roboflow/tikv-proto"],
    testsImport: ["@roboflow/tikv-testkit"],
  },
  "@roboflow/s3-testkit": { imports: [] },
  "@roboflow/storage": {
    imports: ["@roboflow/core"],
    testsImport: ["@roboflow/s3-testkit"],
  },
  "@roboflow/sources": {
    imports: ["@roboflow/core", "@roboflow/storage"],
    testsImport: ["@roboflow/s3-testkit"],
  },
  "@roboflow/dataset": {
    imports: ["@roboflow/core", "@roboflow/storage", "@roboflow/sources"],
    testsImport: ["@roboflow/s3-testkit"],
  },
  // Gets the conversion as a function: of recordings and their formats it knows nothing.
  "@roboflow/distributed": {
    imports: ["@roboflow/core", "@roboflow/storage", "@roboflow/dataset", "tikv-client"],
    testsImport: ["@roboflow/tikv-testkit", "@roboflow/s3-testkit"],
  },
  roboflow: {
    imports: [
      "@roboflow/core",
      "@roboflow/storage",
      "@roboflow/sources",
      "@roboflow/dataset",
      "@roboflow/distributed",
    ],
    testsImport: ["@roboflow/tikv-testkit", "@roboflow/s3-testkit"],
  },
  "@roboflow/scripts": { imports: [] },
  // Runs the command line as processes, and looks at what they did with the packages below it.
  "@roboflow/chaos": {
    imports: [
      "@roboflow/core",
      "@roboflow/tikv-testkit",
      "@roboflow/s3-testkit",
      "@roboflow/storage",
      "@roboflow/sources",
      "@roboflow/dataset",
      "@roboflow/distributed",
    ],
  },
};

/** Development-only packages that tests of any package may import. */
export const FOR_ALL_TESTS: readonly string[] = ["@roboflow/readme-examples"];
