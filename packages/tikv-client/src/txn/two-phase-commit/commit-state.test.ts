import { expect, test } from "vitest";
import { CommitState } from "./commit-state.js";

test("one phase: its timestamp, or two phases when the store refuses", () => {
  const done = new CommitState(true, true);
  done.accept({ minCommitTs: 0n, onePcCommitTs: 7n });
  expect(done.onePcCommitTs).toBe(7n);
  const refused = new CommitState(true, true);
  refused.selfDeciding = true;
  refused.accept({ minCommitTs: 0n, onePcCommitTs: 0n });
  expect(refused).toMatchObject({ onePc: false, asyncCommit: false, selfDeciding: false });
});

test("async commit: the latest of all, or two phases when one part refuses", () => {
  const state = new CommitState(false, true);
  state.minCommitTs = 3n;
  for (const minCommitTs of [5n, 9n, 7n]) state.accept({ minCommitTs, onePcCommitTs: 0n });
  expect(state).toMatchObject({ asyncCommit: true, minCommitTs: 9n });
  state.accept({ minCommitTs: 0n, onePcCommitTs: 0n });
  expect(state.asyncCommit).toBe(false);
});

test("one phase that was lost may have committed, whatever its parts say after a split", () => {
  const state = new CommitState(true, true);
  state.selfDeciding = true;
  state.giveUpOnePc(true);
  state.accept({ minCommitTs: 0n, onePcCommitTs: 0n });
  state.fail(true);
  expect(state.undetermined).toBe(true);
  state.onePcHasNotCommitted();
  expect(state.undetermined).toBe(false);
});

test("undetermined only when it may have decided itself, an answer was lost, and no part is missing", () => {
  const state = new CommitState(false, true);
  state.selfDeciding = true;
  expect(state.undetermined).toBe(false);
  state.answerLost = true;
  expect(state.undetermined).toBe(true);
  state.partMissing = true;
  expect(state.undetermined).toBe(false);
  state.partMissing = false;
  state.fallBack();
  expect(state.undetermined).toBe(false);
});
