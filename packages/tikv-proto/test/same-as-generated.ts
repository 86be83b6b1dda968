import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command } from "../src/command/command.js";
import type { KvPair } from "../src/gen/kvrpcpb_pb.js";
import { LazyPairs } from "../src/hot/pair-list.js";
import { unknownFields } from "./arbitraries.js";
import { survivesBrokenBytes } from "./broken-bytes.js";
import { hex } from "./hex.js";

interface Messages<Body, Request extends DescMessage, Reply extends DescMessage> {
  readonly request: { readonly schema: Request; readonly bodies: fc.Arbitrary<Body> };
  readonly reply: {
    readonly schema: Reply;
    readonly inits: fc.Arbitrary<MessageInitShape<Reply>>;
    /** The message's field with the list that the reply calls `pairs`. */
    readonly list?: "pairs" | "kvs";
  };
}

/** A hand-written codec must be the generated one in all but speed. */
export function describeHotCommand<
  Body extends object,
  Request extends DescMessage,
  Reply extends DescMessage,
>(command: Command<Body, object>, { request, reply }: Messages<Body, Request, Reply>): void {
  describe(command.rpc, () => {
    it("is encoded so that the generated codec reads what was meant", () => {
      fc.assert(
        fc.property(request.bodies, (body) => {
          const meant = create(request.schema, body as MessageInitShape<Request>);
          const read = fromBinary(request.schema, command.encode(body));
          expect(hex(toBinary(request.schema, read))).toBe(hex(toBinary(request.schema, meant)));
        }),
      );
    });

    it("has replies read as by the generated codec, unknown fields among them", () => {
      fc.assert(
        fc.property(reply.inits, unknownFields, unknownFields, (init, before, after) => {
          const message = create(reply.schema, init);
          const bytes = Buffer.concat([before, toBinary(reply.schema, message), after]);
          // Not at the start of its buffer, as replies of a batch are not.
          const shifted = new Uint8Array(Buffer.concat([Buffer.alloc(3), bytes])).subarray(3);
          const read = command.decode(shifted);
          expect(fieldsOf(read)).toEqual(sameFields(message, Object.keys(read), reply.list));
        }),
      );
    });

    survivesBrokenBytes(
      (bytes) => fieldsOf(command.decode(bytes)),
      reply.inits.map((init) => toBinary(reply.schema, create(reply.schema, init))),
    );
  });
}

/** What a hand-written reply holds, with lists read to their ends. */
function fieldsOf(reply: object): Record<string, unknown> {
  return mapValues(Object.entries(reply), (value) =>
    value instanceof LazyPairs
      ? Array.from({ length: value.length }, (_, index) => ({
          key: hex(value.key(index)),
          value: hex(value.value(index)),
          error: value.error(index),
        }))
      : comparable(value),
  );
}

function sameFields(
  message: object,
  names: readonly string[],
  list: string | undefined,
): Record<string, unknown> {
  const fields = new Map(Object.entries(message));
  const entries = names.map((name) => {
    const value: unknown = fields.get(name === "pairs" ? (list ?? name) : name);
    return [name, value] as const;
  });
  return mapValues(entries, (value, name) =>
    name === "pairs"
      ? (value as KvPair[]).map((pair) => ({
          key: hex(pair.key),
          value: hex(pair.value),
          error: pair.error,
        }))
      : comparable(value),
  );
}

function comparable(value: unknown): unknown {
  return value instanceof Uint8Array ? hex(value) : value;
}

function mapValues(
  entries: readonly (readonly [string, unknown])[],
  map: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [name, map(value, name)]));
}
