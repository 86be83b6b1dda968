import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  BatchWriter,
  commands,
  decodeTsoResponse,
  encodeTsoRequest,
  kvrpcpb,
  pdpb,
  readBatch,
  tikvpb,
  type PairList,
} from "../src/index.js";
import {
  CLUSTER_ID,
  context,
  contextBytes,
  FIRST_ID,
  IN_BATCH,
  replies,
  requests,
} from "./messages.js";

/** The same work by both codecs. Each returns a number, so that no work is left out. */
export interface Case {
  readonly name: string;
  /** Commands in one run; times are given for one. */
  readonly commands: number;
  readonly hand: () => number;
  readonly generated: () => number;
}

const { BatchCommandsRequestSchema, BatchCommandsResponseSchema } = tikvpb;
const GET = commands.get.batchField ?? 0;

export const CASES: readonly Case[] = [
  {
    name: "encode a batch of get",
    commands: IN_BATCH,
    hand: () => {
      const writer = new BatchWriter();
      for (let index = 0; index < IN_BATCH; index += 1) {
        writer.add(FIRST_ID + index, GET, contextBytes, commands.get.encode(requests.get));
      }
      return writer.finish().length;
    },
    generated: () => {
      const batch: MessageInitShape<typeof tikvpb.BatchCommandsRequest_RequestSchema>[] = [];
      const requestIds: bigint[] = [];
      for (let index = 0; index < IN_BATCH; index += 1) {
        batch.push({ cmd: { case: "Get", value: { ...requests.get, context } } });
        requestIds.push(BigInt(FIRST_ID + index));
      }
      return encoded(BatchCommandsRequestSchema, { requests: batch, requestIds });
    },
  },
  {
    name: "decode a batch of get",
    commands: IN_BATCH,
    hand: () => {
      let sum = 0;
      readBatch(replies.gets, (id, _field, bytes) => {
        sum += id + commands.get.decode(bytes).value.length;
      });
      return sum;
    },
    generated: () => {
      const batch = fromBinary(BatchCommandsResponseSchema, replies.gets);
      let sum = 0;
      for (const [index, { cmd }] of batch.responses.entries()) {
        if (cmd.case === "Get") sum += Number(batch.requestIds[index]) + cmd.value.value.length;
      }
      return sum;
    },
  },
  one(
    "encode batch get of 100",
    () => commands.batchGet.encode(requests.batchGet).length,
    () => encoded(kvrpcpb.BatchGetRequestSchema, requests.batchGet),
  ),
  one(
    "decode batch get of 100, read all",
    () => readAll(commands.batchGet.decode(replies.batchGet).pairs),
    () => readGenerated(fromBinary(kvrpcpb.BatchGetResponseSchema, replies.batchGet).pairs),
  ),
  one(
    "decode scan of 1,000, read none",
    () => commands.scan.decode(replies.scan).pairs.length,
    () => fromBinary(kvrpcpb.ScanResponseSchema, replies.scan).pairs.length,
  ),
  one(
    "decode scan of 1,000, read all",
    () => readAll(commands.scan.decode(replies.scan).pairs),
    () => readGenerated(fromBinary(kvrpcpb.ScanResponseSchema, replies.scan).pairs),
  ),
  one(
    "encode prewrite of 1",
    () => commands.prewrite.encode(requests.prewrite).length,
    () => encoded(kvrpcpb.PrewriteRequestSchema, requests.prewrite),
  ),
  one(
    "decode prewrite",
    () => Number(commands.prewrite.decode(replies.prewrite).minCommitTs),
    () => Number(fromBinary(kvrpcpb.PrewriteResponseSchema, replies.prewrite).minCommitTs),
  ),
  one(
    "encode commit of 3",
    () => commands.commit.encode(requests.commit).length,
    () => encoded(kvrpcpb.CommitRequestSchema, requests.commit),
  ),
  one(
    "decode commit",
    () => Number(commands.commit.decode(replies.commit).commitVersion),
    () => Number(fromBinary(kvrpcpb.CommitResponseSchema, replies.commit).commitVersion),
  ),
  one(
    "encode timestamp request",
    () => encodeTsoRequest(CLUSTER_ID, IN_BATCH).length,
    () => encoded(pdpb.TsoRequestSchema, requests.tso),
  ),
  one(
    "decode timestamp reply",
    () => decodeTsoResponse(replies.tso).count,
    () => fromBinary(pdpb.TsoResponseSchema, replies.tso).count,
  ),
];

function one(name: string, hand: () => number, generated: () => number): Case {
  return { name, commands: 1, hand, generated };
}

function encoded<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): number {
  return toBinary(schema, create(schema, init)).length;
}

function readAll(pairs: PairList): number {
  let sum = 0;
  for (let index = 0; index < pairs.length; index += 1) {
    sum += pairs.key(index).length + pairs.value(index).length;
  }
  return sum;
}

function readGenerated(pairs: readonly kvrpcpb.KvPair[]): number {
  let sum = 0;
  for (const { key, value } of pairs) sum += key.length + value.length;
  return sum;
}
