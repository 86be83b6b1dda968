import type { RecordingWarning } from "../recording.js";
import type { Block } from "./block.js";
import type { Catalog } from "./catalog.js";

/** What is known of a file once it is open, whether its own index told it or a pass over it. */
export interface McapIndex {
  readonly catalog: Catalog;
  /** In file order. */
  readonly blocks: readonly Block[];
  readonly metadata: readonly string[];
  readonly attachments: readonly string[];
  readonly warnings: readonly RecordingWarning[];
}
