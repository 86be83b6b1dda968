import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { expect, test } from "vitest";
import { keyCodecV1, keyCodecV2 } from "../key-codec.js";
import { keyFailure } from "./key-error.js";

const codec = keyCodecV1("txn", "v1");
const key = Uint8Array.of(107);
const failure = (init: MessageInitShape<typeof kvrpcpb.KeyErrorSchema>) =>
  keyFailure(codec, create(kvrpcpb.KeyErrorSchema, init));
const { Reason } = { Reason: kvrpcpb.WriteConflict_Reason };

test.each([
  ["KEY_EXISTS", "permanent", { alreadyExist: { key } }],
  ["WRITE_CONFLICT", "transient", { conflict: { key, startTs: 1n, conflictTs: 2n } }],
  ["ROLLED_BACK", "transient", { conflict: { key, reason: Reason.SelfRolledBack } }],
  ["DEADLOCK", "transient", { deadlock: { lockKey: key, lockTs: 3n } }],
  ["ROLLED_BACK", "transient", { txnLockNotFound: { key }, retryable: "gone" }],
] as const)("%s is %s and names the key", (code, permanence, init) => {
  expect(failure(init)).toMatchObject({ code: `ERR_ROBOFLOW_TIKV_${code}`, permanence, key });
});

test("what a store only puts into words stays in the cause", () => {
  for (const init of [{ retryable: "secret key 6b" }, { abort: "secret key 6b" }]) {
    const error = failure(init);
    expect(error).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ROLLED_BACK", permanence: "transient" });
    expect(error.message).not.toContain("secret");
    expect(error.cause).toMatchObject({ message: "secret key 6b" });
  }
});

test("an error that can't happen here is named by its fields", () => {
  expect(failure({ commitTsTooLarge: { commitTs: 1n } })).toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_PROTOCOL",
    message: expect.stringContaining("commitTsTooLarge"),
  });
  expect(failure({}).message).toContain("an empty one");
});

test("keys are those of the user", () => {
  const v2 = keyCodecV2("txn", 7);
  const error = keyFailure(
    v2,
    create(kvrpcpb.KeyErrorSchema, { alreadyExist: { key: v2.encode(key) } }),
  );
  expect(error.key).toEqual(key);
});
