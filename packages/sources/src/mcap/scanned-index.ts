import type { ReadableObject } from "@roboflow/storage";
import { SourceError } from "../error.js";
import { corrupt, nameOf } from "../failure.js";
import type { RecordingWarning } from "../recording.js";
import type { OpenOptions } from "../recording-format.js";
import type { Block } from "./block.js";
import type { FileEnd } from "./file-end.js";
import type { McapIndex } from "./mcap-index.js";
import { type ScanEnd, Scanner } from "./scanner.js";

const UNCHECKED = "they have no checksums, so those near the damage may be wrong";

/**
 * The index that a pass over the file gives. A file that ends too early is used up to there, with a
 * warning (`strict`: not at all); one that is damaged only with `salvage`.
 */
export async function scanIndex(
  file: ReadableObject,
  fileEnd: FileEnd,
  options: OpenOptions,
): Promise<McapIndex> {
  const scanner = new Scanner(file);
  const verdict = verdictOn(file, fileEnd, await scanner.scan(options.signal));
  const { catalog, metadata, attachments } = scanner;
  const blocks = verdict.kind === "damaged" ? trusted(scanner.blocks) : scanner.blocks;
  let used = 0;
  for (const { tallies } of blocks) for (const { count } of tallies.values()) used += count;
  const isChecked = blocks.every(({ kind }) => kind === "chunk");
  const warning = warningOf(file, verdict, options, used, isChecked);
  const warnings = warning === undefined ? [] : [warning];
  return { catalog, blocks, metadata, attachments, warnings };
}

/**
 * In a damaged file, a message outside chunks may be made of broken bytes, as none has a checksum of
 * its own. Where there are chunks, these are relied on alone.
 */
function trusted(blocks: readonly Block[]): readonly Block[] {
  const chunks = blocks.filter(({ kind }) => kind === "chunk");
  return chunks.length === 0 ? blocks : chunks;
}

/** What the pass found, in the light of how the file ends. */
type Verdict =
  | Exclude<ScanEnd, { readonly kind: "complete" }>
  | { readonly kind: "complete" }
  | { readonly kind: "index-cut"; readonly at: number };

function verdictOn(file: ReadableObject, fileEnd: FileEnd, end: ScanEnd): Verdict {
  if (fileEnd.kind === "cut") {
    return end.kind === "complete" ? { kind: "index-cut", at: file.size } : end;
  }
  if (end.kind !== "cut") return end;
  // In a file that was ended properly, a record that goes beyond the end is damage.
  const error = corrupt(file.url, `the record at byte ${end.at}`, "has an impossible length");
  return { kind: "damaged", at: end.at, error };
}

function warningOf(
  file: ReadableObject,
  verdict: Verdict,
  { strict, salvage }: OpenOptions,
  used: number,
  isChecked: boolean,
): RecordingWarning | undefined {
  if (verdict.kind === "complete") return undefined;
  const rest = file.size - verdict.at;
  if (verdict.kind === "damaged") {
    if (salvage !== true) throw verdict.error;
    const message = `${verdict.error.message}; the ${used} messages before are used, ${rest} bytes from there on are not`;
    return { code: "salvaged", message: isChecked ? message : `${message}; ${UNCHECKED}` };
  }
  const problem = `${nameOf(file.url)}: truncated at byte ${verdict.at}`;
  if (strict === true) {
    throw new SourceError("ERR_ROBOFLOW_SOURCE_TRUNCATED", problem, {
      hint: "Without strict (--strict), the intact part is used.",
    });
  }
  const message =
    verdict.kind === "index-cut"
      ? `${problem}, in its index; all ${used} messages are used`
      : `${problem}; the ${used} messages before are used, ${rest} bytes after are not`;
  return { code: "truncated", message };
}
