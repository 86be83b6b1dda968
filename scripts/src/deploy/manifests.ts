import { readdir, readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";

/** A Kubernetes object as it stands in a file. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** All of it. */
  readonly value: unknown;
}

/**
 * The objects of all YAML files of a directory.
 * @throws Error for what is no YAML, has a key twice, or is no Kubernetes object
 */
export async function readManifests(directory: URL): Promise<Manifest[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith(".yaml"));
  const manifests: Manifest[] = [];
  for (const file of files.toSorted()) {
    const content = await readFile(new URL(file, directory), "utf8");
    for (const document of parseAllDocuments(content, { strict: true, uniqueKeys: true })) {
      const [problem] = [...document.errors, ...document.warnings];
      if (problem) throw new Error(`${file}: ${problem.message}`);
      manifests.push(manifestOf(file, document.toJS()));
    }
  }
  return manifests;
}

function manifestOf(file: string, value: unknown): Manifest {
  const text = (...path: string[]): string => {
    const found = at(value, ...path);
    if (typeof found === "string") return found;
    throw new Error(`${file}: ${path.join(".")} is no text`);
  };
  const kind = text("kind");
  const name = kind === "Kustomization" ? file : text("metadata", "name");
  return { file, apiVersion: text("apiVersion"), kind, name, value };
}

/** What is at the path; undefined if there is nothing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => {
    if (typeof found !== "object" || found === null) return undefined;
    return Object.entries(found).find(([name]) => name === String(key))?.[1];
  }, value);
}

/** The list at the path; empty if there is none. */
export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The names of what is at the path; empty if there is nothing. */
export function keysAt(value: unknown, ...path: (string | number)[]): string[] {
  const found = at(value, ...path);
  return typeof found === "object" && found !== null ? Object.keys(found) : [];
}
