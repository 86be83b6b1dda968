import { MCAP_MAGIC } from "@mcap/core";
import type { ReadableObject } from "@roboflow/storage";
import { silentLogger } from "@roboflow/core";
import { SourceError } from "../error.js";
import { corrupt, nameOf } from "../failure.js";
import type { OpenOptions, RecordingFormat } from "../recording-format.js";
import { readFileEnd } from "./file-end.js";
import { McapRecording } from "./mcap-recording.js";
import { scanIndex } from "./scanned-index.js";
import { readSummaryIndex, type SummaryIndex } from "./summary-index.js";

const VERSION_AT = 5;

/** MCAP (https://mcap.dev/spec), version 0. */
export const mcapFormat: RecordingFormat = {
  name: "mcap",
  matches: (head) => head.length >= 2 && MCAP_MAGIC.slice(0, VERSION_AT).every(sameIn(head)),
  open: openMcap,
};

/** By its own index where that tells everything, else by a pass over the whole file. */
async function openMcap(file: ReadableObject, options: OpenOptions): Promise<McapRecording> {
  const head = await file.read(0, MCAP_MAGIC.length);
  if (!MCAP_MAGIC.every(sameIn(head))) {
    throw new SourceError(
      "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
      `${nameOf(file.url)}: this version of MCAP is not supported`,
    );
  }
  const end = await readFileEnd(file);
  if (end.kind === "cut" || options.salvage === true) {
    return new McapRecording(file, await scanIndex(file, end, options));
  }
  const summary: SummaryIndex =
    end.summaryStart === 0
      ? { kind: "absent", why: "it has no summary" }
      : await readSummaryIndex(file, options.signal);
  if (summary.kind === "index") return new McapRecording(file, summary.index);
  if (summary.kind === "damaged" && options.strict === true) {
    throw corrupt(file.url, "the index is damaged:", summary.why, summary.cause);
  }
  const message = `${nameOf(file.url)}: ${summary.why}; a pass over the file replaces the index`;
  (options.logger ?? silentLogger).debug(message);
  const index = await scanIndex(file, end, options);
  const warnings = [{ code: "no-index", message } as const, ...index.warnings];
  return new McapRecording(file, { ...index, warnings });
}

/** A file may end within the magic; what is there must agree. */
function sameIn(head: Uint8Array): (byte: number, at: number) => boolean {
  return (byte, at) => at >= head.length || head[at] === byte;
}
