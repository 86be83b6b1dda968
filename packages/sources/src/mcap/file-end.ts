import { MCAP_MAGIC } from "@mcap/core";
import type { ReadableObject } from "@roboflow/storage";
import { OPCODE, prefixAt, PREFIX_BYTES, uint64At, viewOf } from "./record.js";

const FOOTER_CONTENT_BYTES = 20;
const TAIL_BYTES = PREFIX_BYTES + FOOTER_CONTENT_BYTES + MCAP_MAGIC.length;

/** How the file ends: as a recorder ends it, or cut off before that. */
export type FileEnd =
  | { readonly kind: "complete"; /** 0 if there is no summary. */ readonly summaryStart: number }
  | { readonly kind: "cut" };

/** Reads footer and closing magic (MCAP specification, "Footer"). */
export async function readFileEnd(file: ReadableObject): Promise<FileEnd> {
  if (file.size < TAIL_BYTES + MCAP_MAGIC.length) return { kind: "cut" };
  const tail = await file.read(file.size - TAIL_BYTES, TAIL_BYTES);
  const magic = tail.subarray(TAIL_BYTES - MCAP_MAGIC.length);
  if (!MCAP_MAGIC.every((byte, i) => magic[i] === byte)) return { kind: "cut" };
  const view = viewOf(tail);
  const { opcode, length } = prefixAt(view, 0);
  const isFooter = opcode === OPCODE.FOOTER && length === FOOTER_CONTENT_BYTES;
  return { kind: "complete", summaryStart: isFooter ? uint64At(view, PREFIX_BYTES) : 0 };
}
