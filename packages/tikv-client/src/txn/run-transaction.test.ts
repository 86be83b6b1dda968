import { expect, test } from "vitest";
import { TikvError, UndeterminedError, type TikvErrorCode } from "../error.js";
import { runTransaction } from "./run-transaction.js";
import type { Transaction } from "./transaction.js";

/** Transactions whose commits fail with these in turn, and what was done with them. */
function transactions(...failures: (Error | undefined)[]) {
  const log: string[] = [];
  const begin = async (): Promise<Transaction> => {
    log.push("begin");
    let isActive = true;
    const transaction: Pick<Transaction, "isActive" | "commit" | "rollback"> = {
      get isActive() {
        return isActive;
      },
      async commit() {
        isActive = false;
        log.push("commit");
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return 1n;
      },
      async rollback() {
        isActive = false;
        log.push("rollback");
      },
    };
    return transaction as Transaction;
  };
  return { begin, log };
}

const failure = (name: string): TikvError =>
  new TikvError(`ERR_ROBOFLOW_TIKV_${name}` as TikvErrorCode, name);

test.each(["WRITE_CONFLICT", "ROLLED_BACK", "DEADLOCK"])("%s is tried again", async (name) => {
  const { begin, log } = transactions(failure(name), failure(name));
  expect(await runTransaction(begin, async () => "result", {})).toBe("result");
  expect(log.filter((entry) => entry === "begin").length).toBe(3);
});

test.each([
  new UndeterminedError("nobody knows"),
  failure("KEY_EXISTS"),
  failure("LOCKED"),
  failure("UNAVAILABLE"),
  new Error("of another kind"),
])("%s is not", async (error) => {
  const { begin, log } = transactions(error);
  await expect(runTransaction(begin, async () => 1, {})).rejects.toBe(error);
  expect(log).toEqual(["begin", "commit", "rollback"]);
});

test("it gives up after its retries, with the last error", async () => {
  const last = failure("WRITE_CONFLICT");
  const { begin, log } = transactions(failure("WRITE_CONFLICT"), failure("DEADLOCK"), last);
  await expect(runTransaction(begin, async () => 1, { retries: 2 })).rejects.toBe(last);
  expect(log.filter((entry) => entry === "commit").length).toBe(3);
});

test("a conflict within the function is one as well; what it ended itself is not committed", async () => {
  const { begin, log } = transactions();
  let runs = 0;
  await runTransaction(
    begin,
    async (transaction) => {
      runs += 1;
      if (runs === 1) throw failure("DEADLOCK");
      await transaction.rollback();
    },
    {},
  );
  expect(log).toEqual(["begin", "rollback", "begin", "rollback"]);
});

test("a signal ends the pause between two tries", async () => {
  const controller = new AbortController();
  const { begin } = transactions(failure("WRITE_CONFLICT"));
  const running = runTransaction(begin, async () => controller.abort("enough"), {
    signal: controller.signal,
  });
  await expect(running).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_ABORTED",
    cause: "enough",
  });
});
