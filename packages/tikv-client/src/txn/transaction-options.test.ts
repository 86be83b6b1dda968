import { expect, test } from "vitest";
import { resolveTransactionOptions, type TransactionOptions } from "./transaction-options.js";

test("a transaction's options stand before the client's, and those before the defaults", () => {
  const defaults: TransactionOptions = { mode: "pessimistic", onePc: true };
  expect(resolveTransactionOptions({ onePc: false }, defaults)).toEqual({
    mode: "pessimistic",
    onePc: false,
    asyncCommit: false,
    causalConsistency: false,
    signal: undefined,
  });
  expect(resolveTransactionOptions({}, {}).mode).toBe("optimistic");
});

test("an unknown mode is refused, and not taken for another", () => {
  const options = { mode: "pesimistic" as "pessimistic" };
  expect(() => resolveTransactionOptions(options, {})).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_ARGUMENT" }),
  );
});
