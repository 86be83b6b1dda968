import type { Block } from "./block.js";
import { countMessage, type Tallies } from "./tally.js";

const RUN_BYTES = 1024 * 1024;

/** Groups messages outside chunks into blocks as a pass over the file meets them. */
export class RunBuilder {
  readonly #blocks: Block[];
  #run: { readonly offset: number; readonly tallies: Tallies; end: number } | undefined;

  /** Finished blocks are pushed onto `blocks`. */
  constructor(blocks: Block[]) {
    this.#blocks = blocks;
  }

  /** A message's record from `offset` to `end`. Small records before it may be within the run. */
  add(offset: number, end: number, channelId: number, logTime: bigint): void {
    this.#run ??= { offset, tallies: new Map(), end };
    this.#run.end = end;
    countMessage(this.#run.tallies, channelId, logTime);
    if (end - this.#run.offset >= RUN_BYTES) this.finish();
  }

  finish(): void {
    if (this.#run === undefined) return;
    const { offset, end, tallies } = this.#run;
    this.#blocks.push({ kind: "run", offset, length: end - offset, tallies });
    this.#run = undefined;
  }
}
