import { later } from "../timestamps.js";

/**
 * How a commit stands while it prewrites. One-phase and async commit decide by the prewrites
 * alone; a store that can't go along makes it an ordinary commit in two phases.
 */
export class CommitState {
  onePc: boolean;
  asyncCommit: boolean;
  minCommitTs = 0n;
  /** 0: none. */
  maxCommitTs = 0n;
  /** Once one phase was enough. */
  onePcCommitTs = 0n;
  /** Whether anything was sent that leaves locks. */
  started = false;
  /** Whether what was sent may commit the transaction without a word more from here. */
  selfDeciding = false;
  /** The answer to a part was lost, and none came later. */
  answerLost = false;
  /** The lost answer was that of one phase, which was given up since: it may have committed at once. */
  onePcLost = false;
  /** Some part is certainly not prewritten, and never will be. */
  partMissing = false;
  failed = false;

  constructor(onePc: boolean, asyncCommit: boolean) {
    this.onePc = onePc;
    this.asyncCommit = asyncCommit;
  }

  /** What a prewrite said of its commit timestamps. */
  accept(reply: { readonly minCommitTs: bigint; readonly onePcCommitTs: bigint }): void {
    if (this.onePc) {
      if (reply.onePcCommitTs === 0n) this.fallBack();
      else this.onePcCommitTs = reply.onePcCommitTs;
    } else if (this.asyncCommit) {
      if (reply.minCommitTs === 0n) this.fallBack();
      else this.minCommitTs = later(this.minCommitTs, reply.minCommitTs);
    }
  }

  /** A part has failed; `lost`: an answer to it was, so that it may be prewritten all the same. */
  fail(lost: boolean): void {
    this.failed = true;
    if (lost) this.answerLost = true;
    else this.partMissing = true;
  }

  /** The keys lie in several regions by now, and `lost`: whether an answer for all was. */
  giveUpOnePc(lost: boolean): void {
    if (this.onePc && lost) {
      this.onePcLost = true;
      this.answerLost = true;
    }
    this.onePc = false;
  }

  /** The primary's lock is there: one phase has not committed. */
  onePcHasNotCommitted(): void {
    this.onePcLost = false;
    this.answerLost = false;
    this.selfDeciding = this.asyncCommit;
  }

  fallBack(): void {
    this.onePc = false;
    this.asyncCommit = false;
    this.selfDeciding = false;
  }

  /** Whether the transaction may have committed although a prewrite has failed. */
  get undetermined(): boolean {
    return this.onePcLost || (this.selfDeciding && this.answerLost && !this.partMissing);
  }
}
