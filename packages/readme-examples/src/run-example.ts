import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Example } from "./example.js";

export interface RunOptions {
  /** Directory of the package whose README it is; its imports resolve from there. */
  readonly packageDir: string;
  /** Text files in the working directory, by name. */
  readonly files?: ReadonlyMap<string, string>;
  /** Files to copy into the working directory, by name. */
  readonly copies?: Readonly<Record<string, string | URL>>;
  /** Milliseconds; default 60,000. */
  readonly timeout?: number;
}

/** What came of a run; `exitCode` is null if a signal ended it. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Runs an example as a user would, as a process of its own, in a new empty directory. */
export async function runExample(example: Example, options: RunOptions): Promise<RunResult> {
  const cwd = await mkdtemp(join(tmpdir(), "readme-example-"));
  // The program lies in the package, so that `import "@roboflow/<this package>"` means the package itself.
  const programDir = await mkdtemp(join(options.packageDir, ".readme-example-"));
  try {
    for (const [name, content] of options.files ?? []) {
      await mkdir(dirname(join(cwd, name)), { recursive: true });
      await writeFile(join(cwd, name), content);
    }
    for (const [name, source] of Object.entries(options.copies ?? {})) {
      await mkdir(dirname(join(cwd, name)), { recursive: true });
      await copyFile(source, join(cwd, name));
    }
    const program = join(programDir, "example.ts");
    await writeFile(program, example.code);
    return await run(
      ["--conditions=@roboflow/source", "--import", tsx, program],
      cwd,
      options.timeout ?? 60_000,
    );
  } finally {
    await rm(programDir, { recursive: true, force: true });
    await rm(cwd, { recursive: true, force: true });
  }
}

function run(args: string[], cwd: string, timeout: number): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd, timeout }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
  });
}
