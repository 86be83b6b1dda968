import type { ReadableObject } from "@roboflow/storage";
import { SourceError } from "../error.js";
import { corrupt, nameOf } from "../failure.js";
import type { RecordingWarning } from "../recording.js";
import type { OpenOptions } from "../recording-format.js";
import type { FileEnd } from "./file-end.js";
import type { McapIndex } from "./mcap-index.js";
import { type ScanEnd, Scanner } from "./scanner.js";

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
  const end = claim(file, fileEnd, await scanner.scan(options.signal));
  const { catalog, blocks, metadata, attachments } = scanner;
  const warning = judge(
    file,
    end,
    options,
    blocks.flatMap(({ tallies }) => [...tallies.values()]),
  );
  const warnings = warning === undefined ? [] : [warning];
  return { catalog, blocks, metadata, attachments, warnings };
}

/** A record that goes beyond the end of a file that was ended properly is damage, not truncation. */
function claim(file: ReadableObject, fileEnd: FileEnd, end: ScanEnd): ScanEnd {
  if (end.kind !== "cut" || fileEnd.kind === "cut") return end;
  const error = corrupt(file.url, `the record at byte ${end.at}`, "has an impossible length");
  return { kind: "damaged", at: end.at, error };
}

function judge(
  file: ReadableObject,
  end: ScanEnd,
  { strict, salvage }: OpenOptions,
  tallies: readonly { readonly count: number }[],
): RecordingWarning | undefined {
  const used = tallies.reduce((sum, { count }) => sum + count, 0);
  const rest = file.size - end.at;
  switch (end.kind) {
    case "complete":
      return undefined;
    case "cut": {
      const problem = `${nameOf(file.url)}: truncated at byte ${end.at}`;
      if (strict === true) {
        throw new SourceError("ERR_ROBOFLOW_SOURCE_TRUNCATED", problem, {
          hint: "Without strict, the intact part is used.",
        });
      }
      const message = `${problem}; the ${used} messages before are used, ${rest} bytes after are not`;
      return { code: "truncated", message };
    }
    case "damaged": {
      if (salvage !== true) throw end.error;
      const message = `${end.error.message}; the ${used} messages before are used, ${rest} bytes from there on are not`;
      return { code: "salvaged", message };
    }
  }
}
