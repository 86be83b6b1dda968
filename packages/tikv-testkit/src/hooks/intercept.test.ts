import { create } from "@bufbuild/protobuf";
import { errorpb, kvrpcpb, tikvpb } from "@roboflow/tikv-proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, contextOf, RawGrpc, StoreGrpc, text } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";
import type { Action } from "./hook.js";

describe("hooks", () => {
  let cluster: TestCluster;
  let client: StoreGrpc;
  let store: RawGrpc;
  let pd: RawGrpc;

  beforeEach(async () => {
    cluster = await TestCluster.start();
    client = new StoreGrpc(cluster);
    store = new RawGrpc(cluster.stores[0]?.address ?? "");
    pd = new RawGrpc(cluster.endpoints[0] ?? "");
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    store[Symbol.dispose]();
    pd[Symbol.dispose]();
    await cluster.close();
  });

  const context = () => contextOf(cluster.regionOf("k"));
  const put = (value: string) =>
    store.call("RawPut", { context: context(), key: bytes("k"), value: bytes(value) });
  const get = async (): Promise<string> => {
    const { notFound, value } = await client.send("RawGet", "k", { key: bytes("k") });
    return notFound ? "nothing" : text(value);
  };
  /** Does `action` to the puts while `during` runs. */
  const onPut = async (action: Action, during: () => Promise<unknown>): Promise<void> => {
    const hook = cluster.intercept((call) => (call.rpc === "RawPut" ? action : undefined));
    await during();
    expect(hook.acted).toBe(1);
    hook[Symbol.dispose]();
  };

  it("show each call with its server, name and message", async () => {
    const seen: string[] = [];
    cluster.intercept((call) => {
      seen.push(`${call.server} ${call.id} ${call.rpc}`);
      if (call.rpc === "RawPut") {
        seen.push(text(call.request.value));
      }
    });
    await put("1");
    await pd.call("GetMembers", {});
    expect(seen).toEqual(["store 1 RawPut", "1", "pd 0 GetMembers"]);
  });

  it("are asked in turn until one acts, and no more once disposed of", async () => {
    const seen: string[] = [];
    const first = cluster.intercept(() => void seen.push("first"));
    cluster.intercept(() => {
      seen.push("second");
      return { kind: "reply", reply: { error: "no" } };
    });
    cluster.intercept(() => void seen.push("third"));
    expect((await put("1")).error).toBe("no");
    expect(first.acted).toBe(0);
    first[Symbol.dispose]();
    await put("1");
    expect(seen).toEqual(["first", "second", "second"]);
  });

  it("may wait themselves, and fail a call by throwing", async () => {
    cluster.intercept(async () => {
      await Promise.resolve();
      throw new Error("no such luck");
    });
    await expect(put("1")).rejects.toThrow("INTERNAL: no such luck");
  });

  it("delay", async () => {
    await onPut({ kind: "delay", ms: 5 }, () => put("1"));
    expect(await get()).toBe("1");
  });

  it("hold until a promise is settled", async () => {
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => (release = resolve));
    await onPut({ kind: "until", promise }, async () => {
      const held = put("1");
      expect(await get()).toBe("nothing");
      release();
      await held;
    });
    expect(await get()).toBe("1");
  });

  it.each([
    { kind: "drop", after: "nothing" },
    { kind: "lose-answer", after: "1" },
  ] as const)("$kind: not answered, and after it there is $after", async ({ kind, after }) => {
    const hook = cluster.intercept({ rpc: "RawPut", action: { kind } });
    const answer = put("1").catch(String);
    await expect.poll(() => hook.acted).toBe(1);
    expect(await get()).toBe(after);
    expect(await Promise.race([answer, Promise.resolve("no answer")])).toBe("no answer");
  });

  it("duplicate: the second execution sees the first, the answer is the first's", async () => {
    cluster.intercept(() => ({ kind: "duplicate" }));
    const swap = {
      context: context(),
      key: bytes("k"),
      value: bytes("1"),
      previousNotExist: true,
    };
    const reply = await store.call("RawCompareAndSwap", swap);
    expect(reply.succeed).toBe(true);
    expect(cluster.calls("RawCompareAndSwap")).toBe(1);
  });

  it("answer with a region error or any reply", async () => {
    const error = { message: "busy", serverIsBusy: { reason: "test", backoffMs: 7n } };
    await onPut({ kind: "region-error", error }, async () => {
      const { regionError } = await put("1");
      expect(regionError?.serverIsBusy?.backoffMs).toBe(7n);
    });
    await onPut({ kind: "reply", reply: { error: "full" } }, async () => {
      expect((await put("1")).error).toBe("full");
    });
    expect(await get()).toBe("nothing");
  });

  it("end with a status, or as unavailable", async () => {
    await onPut({ kind: "status", code: 8, message: "enough" }, () =>
      expect(put("1")).rejects.toThrow("RESOURCE_EXHAUSTED: enough"),
    );
    await onPut({ kind: "unavailable" }, () => expect(put("1")).rejects.toThrow("UNAVAILABLE"));
    expect(await get()).toBe("nothing");
  });

  it("disconnect after it was executed", async () => {
    await onPut({ kind: "disconnect" }, () => expect(put("1")).rejects.toThrow("UNAVAILABLE"));
    expect(await get()).toBe("1");
  });

  it("see commands inside of a batch by the name they have alone", async () => {
    const seen: string[] = [];
    cluster.intercept((call) => {
      seen.push(call.rpc);
      return call.rpc === "KvGet"
        ? { kind: "region-error", error: create(errorpb.ErrorSchema, { message: "no" }) }
        : undefined;
    });
    const replies = await batch([
      { case: "RawPut", value: { key: bytes("k"), value: bytes("1") } },
      { case: "Get", value: { key: bytes("k") } },
    ]);
    expect(seen).toEqual(["RawPut", "KvGet"]);
    expect(replies[0]?.cmd.case).toBe("RawPut");
    expect(replies[1]?.cmd.case === "Get" && replies[1].cmd.value.regionError?.message).toBe("no");
  });

  it("end a batch stream where one of its commands ends with a status", async () => {
    cluster.intercept(() => ({ kind: "unavailable" }));
    await expect(batch([{ case: "RawGet", value: { key: bytes("k") } }])).rejects.toThrow(
      "UNAVAILABLE",
    );
  });

  it("break the connection of a batch stream", async () => {
    const hook = cluster.intercept(() => ({ kind: "disconnect" }));
    await expect(
      batch([{ case: "RawPut", value: { key: bytes("k"), value: bytes("1") } }]),
    ).rejects.toThrow("UNAVAILABLE");
    hook[Symbol.dispose]();
    expect(await get()).toBe("1");
  });

  type Command = { case: string; value: Readonly<Record<string, unknown>> };

  /** Sends commands in one message and waits for all their replies, in order of request. */
  async function batch(
    commands: readonly Command[],
  ): Promise<tikvpb.BatchCommandsResponse_Response[]> {
    const stream = store.batch();
    const requests = commands.map(({ case: name, value }) => ({
      cmd: { case: name, value: { context: context(), ...value } },
    })) as tikvpb.BatchCommandsRequest_Request[];
    stream.write(
      create(tikvpb.BatchCommandsRequestSchema, {
        requests,
        requestIds: commands.map((_, index) => BigInt(index)),
      }),
    );
    const replies = new Map<bigint, tikvpb.BatchCommandsResponse_Response>();
    for await (const message of stream as AsyncIterable<tikvpb.BatchCommandsResponse>) {
      for (const [index, response] of message.responses.entries()) {
        replies.set(message.requestIds[index] ?? -1n, response);
      }
      if (replies.size === commands.length) {
        break;
      }
    }
    stream.cancel();
    return [...replies].toSorted(([a], [b]) => Number(a - b)).map(([, reply]) => reply);
  }

  it("have the types of the messages", () => {
    cluster.intercept((call) => {
      if (call.rpc === "KvPrewrite") {
        return call.request.mutations.some(({ op }) => op === kvrpcpb.Op.Del)
          ? { kind: "reply", reply: { errors: [{ abort: "no deletes" }] } }
          : undefined;
      }
      return undefined;
    });
    expect(cluster.calls()).toBe(0);
  });
});
