import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { TestCluster } from "@roboflow/tikv-testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { RawClient } from "../../src/index.js";
import { runProgram } from "./run-program.js";

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port that nobody listens on. */
async function unused(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

describe("endpoints that are not PD", () => {
  const refused = async (endpoints: string[], code: string): Promise<void> => {
    await expect(RawClient.connect({ endpoints, connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: `ERR_ROBOFLOW_TIKV_${code}`,
    });
  };

  test("a store", async () => {
    await using cluster = await TestCluster.start();
    await refused([cluster.stores[0]?.address ?? ""], "NOT_PD");
  });

  test("an HTTP/1.1 server", async () => {
    await refused(
      [await listen(createHttpServer((_, response) => response.end("hello")))],
      "NOT_PD",
    );
  });

  test("a server of another protocol, that speaks first", async () => {
    await refused(
      [await listen(createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")))],
      "NOT_PD",
    );
  });

  test("one that accepts and stays silent, within the budget", async () => {
    const server = createServer((socket) => onTestFinished(() => void socket.destroy()));
    const endpoint = await listen(server);
    await refused([endpoint], "PD_UNAVAILABLE");
    await expect(
      RawClient.connect({ endpoints: [endpoint], connectTimeoutMs: 50 }),
    ).rejects.toThrow(endpoint);
  });

  test("one that accepts and hangs up, within the budget", async () => {
    await refused([await listen(createServer((socket) => socket.destroy()))], "PD_UNAVAILABLE");
  });

  test("nobody, within the budget; the error names each endpoint", async () => {
    const endpoints = [await unused(), await unused()];
    await refused(endpoints, "PD_UNAVAILABLE");
    for (const endpoint of endpoints) {
      await expect(RawClient.connect({ endpoints, connectTimeoutMs: 50 })).rejects.toThrow(
        endpoint,
      );
    }
  });

  test("a name that does not resolve", async () => {
    await refused(["pd.invalid:2379"], "PD_UNAVAILABLE");
  });

  test("a wrong one beside a right one does no harm", async () => {
    await using cluster = await TestCluster.start();
    const endpoints = [await unused(), cluster.stores[0]?.address ?? "", ...cluster.endpoints];
    await using client = await RawClient.connect({ endpoints });
    await client.put("k", "v");
  });

  test("a signal ends connecting", async () => {
    const endpoints = [await unused()];
    const connecting = RawClient.connect({ endpoints, signal: AbortSignal.timeout(30) });
    await expect(connecting).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
    await expect(
      RawClient.connect({ endpoints, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  });
});

describe("a process ends by itself", () => {
  test("after close, also with calls under way", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    const printed = await runProgram(
      `const client = await RawClient.connect({ endpoints });
      await client.put("k", "v");
      console.log(Buffer.from(await client.get("k")).toString());
      const late = client.get("k").catch(tell);
      await client.close();
      await late;`,
      cluster.endpoints,
    );
    expect(printed.split("\n")).toEqual(["v", "ERR_ROBOFLOW_TIKV_CLOSED"]);
  });

  test("after a connect that failed", async () => {
    await using cluster = await TestCluster.start();
    const store = cluster.stores[0]?.address ?? "";
    const silent = await listen(
      createServer((socket) => onTestFinished(() => void socket.destroy())),
    );
    const program = `
      for (const endpoint of endpoints) {
        await RawClient.connect({ endpoints: [endpoint], connectTimeoutMs: 100 }).catch(tell);
      }
      await RawClient.connect({ endpoints: [] }).catch(tell);`;
    expect((await runProgram(program, [store, silent, await unused()])).split("\n")).toEqual([
      "ERR_ROBOFLOW_TIKV_NOT_PD",
      "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
      "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
      "ERR_ROBOFLOW_TIKV_ENDPOINTS",
    ]);
  });

  test("after close, with a store that was down", async () => {
    await using cluster = await TestCluster.start();
    await using client = await RawClient.connect({ endpoints: cluster.endpoints });
    await client.put("k", "v");
    await cluster.stopStore(1, { connections: "hang" });
    const printed = await runProgram(
      `const client = await RawClient.connect({ endpoints });
      const waiting = client.get("k").catch(tell);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await client.close();
      await waiting;`,
      cluster.endpoints,
    );
    expect(printed).toBe("ERR_ROBOFLOW_TIKV_CLOSED");
  });
});
