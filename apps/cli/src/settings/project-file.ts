import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { CliError } from "../error.js";

/** Name of the optional project file, looked for upward from the working directory. */
const PROJECT_FILE = "roboflow.toml";

const TikvSettings = z.strictObject({
  ca: z.string().min(1).optional(),
  cert: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
});

const ProjectSettings = z.strictObject({
  /** As `--store` takes it; a relative path is taken from the file's directory. */
  store: z.string().min(1).optional(),
  /** Jobs at once in one worker. */
  jobs: z.int().positive().optional(),
  log_level: z.enum(["debug", "info", "warn", "error"]).optional(),
  log_format: z.enum(["text", "json"]).optional(),
  /** Every worker sees the paths of this machine, e.g. all on one network file system. */
  shared_path: z.boolean().optional(),
  /** Directory for temporary files of workers; a relative path is taken from the file's directory. */
  scratch: z.string().min(1).optional(),
  /** PEM files for a tikv:// store; relative paths are taken from the file's directory. */
  tikv: TikvSettings.optional(),
});
const KNOWN_KEYS = Object.keys(ProjectSettings.shape).flatMap((key) =>
  key === "tikv" ? Object.keys(TikvSettings.shape).map((inner) => `tikv.${inner}`) : [key],
);
export type ProjectSettings = z.infer<typeof ProjectSettings>;

/** The nearest project file's settings and directory; nothing if there is none. */
export async function findProjectFile(
  cwd: string,
): Promise<{ settings: ProjectSettings; directory: string } | undefined> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const path = join(directory, PROJECT_FILE);
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
      throw new CliError("ERR_ROBOFLOW_CLI_PROJECT_FILE", `${path}: can't be read`, { cause });
    });
    if (text !== undefined) return { settings: parseProjectFile(text, path), directory };
    if (dirname(directory) === directory) return undefined;
  }
}

function parseProjectFile(text: string, path: string): ProjectSettings {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    throw new CliError("ERR_ROBOFLOW_CLI_PROJECT_FILE", `${path}: ${reason}`, { cause });
  }
  const result = ProjectSettings.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "top level"}: ${issue.message}`,
  );
  throw new CliError("ERR_ROBOFLOW_CLI_PROJECT_FILE", `${path}: ${problems.join("; ")}`, {
    hint: `known keys: ${KNOWN_KEYS.join(", ")}`,
  });
}
