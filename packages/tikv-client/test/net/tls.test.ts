import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificates, TestCluster, type TestCertificates } from "@roboflow/tikv-testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { RawClient, type TlsOptions } from "../../src/index.js";

/** The first byte of TLS's first record (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 22;

describe("TLS", () => {
  let directory: string;
  let made: TestCertificates;
  let files: Required<TlsOptions>;

  const write = async (name: string, pem: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, pem);
    return path;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "tikv-client-tls-"));
    made = createCertificates();
    files = {
      ca: await write("ca.pem", made.ca),
      cert: await write("client.pem", made.client.cert),
      key: await write("client.key", made.client.key),
      serverName: "localhost",
    };
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  const mutual = () => ({ ...made.server, clientCa: made.ca });

  test("with the server's authority only, and with a client certificate where one is asked for", async () => {
    await using plain = await TestCluster.start({ tls: made.server });
    await using strict = await TestCluster.start({ tls: mutual() });
    for (const [cluster, tls] of [
      [plain, { ca: files.ca }],
      [strict, files],
    ] as const) {
      await using client = await RawClient.connect({ endpoints: cluster.endpoints, tls });
      await client.put("k", "v");
      expect(Buffer.from((await client.get("k")) ?? []).toString()).toBe("v");
    }
  });

  test("certificates are read anew for each connection", async () => {
    await using cluster = await TestCluster.start({ tls: mutual() });
    const cert = await write("renewed.pem", made.client.cert);
    const key = await write("renewed.key", made.client.key);
    const tls = { ca: files.ca, cert, key };
    await using client = await RawClient.connect({ endpoints: cluster.endpoints, tls });
    await client.put("k", "v");
    await write("renewed.pem", "half written");
    await cluster.stopStore(1);
    await cluster.startStore(1);
    await expect(client.get("k")).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_TLS" });
    await write("renewed.pem", made.client.cert);
    // The failed dial is remembered for a moment.
    const value = await vi.waitFor(() => client.get("k"), 10_000);
    expect(Buffer.from(value ?? []).toString()).toBe("v");
  });

  test("a client with TLS of a plain server that hangs up on the handshake is refused at once", async () => {
    await using cluster = await TestCluster.start();
    // As Go's servers do; all else goes to the cluster.
    const server = createServer((client) => {
      client.on("error", () => {});
      client.once("data", (first) => {
        if (first[0] === TLS_HANDSHAKE) return client.destroy();
        const [host, port] = cluster.endpoints[0]?.split(":") ?? [];
        const behind = connect(Number(port), host).on("error", () => {});
        behind.write(first);
        return client.pipe(behind).pipe(client);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connecting = RawClient.connect({ endpoints: [endpoint], tls: { ca: files.ca } });
    await expect(connecting).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_TIKV_TLS",
      permanence: "permanent",
      message: expect.stringContaining(endpoint),
    });
  });

  test.each<[string, "plain" | "tls" | "mutual", () => TlsOptions | undefined]>([
    ["a plain client of a server with TLS", "tls", () => undefined],
    ["a plain client of a server with mTLS", "mutual", () => undefined],
    ["a client with TLS of a plain server", "plain", () => ({ ca: files.ca })],
    ["an unknown authority", "tls", () => ({})],
    ["a client without a certificate of a server with mTLS", "mutual", () => ({ ca: files.ca })],
    [
      "another name than the certificate's",
      "tls",
      () => ({ ca: files.ca, serverName: "elsewhere" }),
    ],
    ["a file that is not there", "tls", () => ({ ca: join(directory, "missing.pem") })],
    ["an authority that is none", "tls", () => ({ ca: import.meta.filename })],
    ["a key that is none", "mutual", () => ({ ...files, key: files.cert })],
  ])("%s is refused at once", async (_, server, tls) => {
    const material = { plain: undefined, tls: made.server, mutual: mutual() }[server];
    await using cluster = await TestCluster.start(material === undefined ? {} : { tls: material });
    const options = tls();
    const connecting = RawClient.connect({
      endpoints: cluster.endpoints,
      ...(options === undefined ? {} : { tls: options }),
    });
    await expect(connecting).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_TIKV_TLS",
      permanence: "permanent",
    });
  });
});
