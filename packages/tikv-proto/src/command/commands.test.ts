import { expect, it } from "vitest";
import {
  BatchCommandsRequest_RequestSchema,
  BatchCommandsResponse_ResponseSchema,
  Tikv,
} from "../gen/tikvpb_pb.js";
import { commands } from "./commands.js";

const methods = new Map<string, (typeof Tikv.methods)[number]>(
  Tikv.methods.map((method) => [method.name, method]),
);

it.each(Object.values(commands))("$rpc is a method, with its number in batches", (command) => {
  const method = methods.get(command.rpc);
  const inBatch = BatchCommandsRequest_RequestSchema.fields.find(
    ({ message }) => message === method?.input,
  );
  const reply = BatchCommandsResponse_ResponseSchema.fields.find(
    ({ message }) => message === method?.output,
  );
  expect(method).toBeDefined();
  expect(inBatch?.number).toBe(command.batchField);
  expect(reply?.number).toBe(command.batchField);
  // The context travels apart as this field.
  expect(method?.input.fields.find(({ name }) => name === "context")?.number).toBe(1);
});

it("has every method but the batch itself", () => {
  const rpcs = Object.values(commands).map(({ rpc }) => rpc);
  expect([...rpcs, "BatchCommands"].sort()).toEqual([...methods.keys()].sort());
});
