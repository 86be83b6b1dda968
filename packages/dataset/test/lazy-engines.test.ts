import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Refuses the engines, so that importing one ends the process. */
const hooks = `
  export function resolve(specifier, context, next) {
    if (/^(node-av|lmdb|apache-arrow|parquet-wasm|@foxglove\\/wasm-)/.test(specifier)) {
      throw new Error("loads the engine " + specifier);
    }
    return next(specifier, context);
  }
`;

/** Runs a module in a process where no engine can load; gives what it prints. */
async function withoutEngines(code: string): Promise<string> {
  const program = `
    import { register } from "node:module";
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});
    ${code}
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@roboflow/source", "--import", tsx, "--input-type=module", "--eval", program],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  return stdout;
}

it("imports the package and parses a config without loading an engine", async () => {
  const code = `
    const { LerobotConfig } = await import("@roboflow/dataset");
    const toml = '[dataset]\\nname = "a"\\nfps = 30\\n[[mappings]]\\ntopic = "/a"\\nfeature = "action"';
    console.log(LerobotConfig.fromToml(toml).dataset.name);
  `;
  expect(await withoutEngines(code)).toBe("a\n");
});

it("would notice one", async () => {
  await expect(withoutEngines('await import("node-av");')).rejects.toThrow(
    "loads the engine node-av",
  );
});
