import fc from "fast-check";
import { bytes, keyError, regionError, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { CommitRequestSchema, CommitResponseSchema, CommitRole } from "../gen/kvrpcpb_pb.js";
import { commit } from "./commit.js";

describeHotCommand(commit, {
  request: {
    schema: CommitRequestSchema,
    bodies: fc.record({
      startVersion: u64,
      keys: fc.array(bytes),
      commitVersion: u64,
      commitRole: fc.constantFrom(CommitRole.Unknown, CommitRole.Primary, CommitRole.Secondary),
      primaryKey: bytes,
      useAsyncCommit: fc.boolean(),
    }),
  },
  reply: {
    schema: CommitResponseSchema,
    inits: fc.record({ regionError, error: keyError, commitVersion: u64 }),
  },
});
