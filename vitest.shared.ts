import { defineConfig, type ViteUserConfig } from "vitest/config";

const SOURCE_CONDITION = "@roboflow/source";

/** Vitest settings of every package: sibling packages are imported from source, not from `dist`. */
export function fromSource(test: ViteUserConfig["test"] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: [SOURCE_CONDITION] },
    ssr: { resolve: { conditions: [SOURCE_CONDITION], externalConditions: [SOURCE_CONDITION] } },
    test: {
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      // Only ends what hangs: tests run real processes, and a busy machine is no failure.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      ...test,
    },
  });
}
