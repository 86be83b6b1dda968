import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  CheckTxnStatusRequestSchema,
  CheckTxnStatusResponseSchema,
  type CheckTxnStatusResponse,
} from "../gen/kvrpcpb_pb.js";
import { commands } from "./commands.js";

it("encodes a request without its context, and decodes a whole reply", () => {
  const { checkTxnStatus } = commands;
  const primaryKey = Uint8Array.of(1, 2);
  const body = checkTxnStatus.encode({ primaryKey, lockTs: 2n ** 64n - 1n });
  expect(fromBinary(CheckTxnStatusRequestSchema, body)).toEqual(
    create(CheckTxnStatusRequestSchema, { primaryKey, lockTs: 2n ** 64n - 1n }),
  );
  const message = create(CheckTxnStatusResponseSchema, { lockTtl: 3_000n });
  const reply: CheckTxnStatusResponse = checkTxnStatus.decode(
    toBinary(CheckTxnStatusResponseSchema, message),
  );
  expect(reply).toEqual(message);
});
