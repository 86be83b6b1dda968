import { X509Certificate } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { RawGrpc } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";
import { createCertificates } from "./certificates.js";

it("makes certificates that the authority has signed", () => {
  const { ca, server, client } = createCertificates();
  const authority = new X509Certificate(ca);
  expect(authority.ca).toBe(true);
  for (const { cert, key } of [server, client]) {
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(key).toContain("PRIVATE KEY");
  }
  expect(createCertificates().ca).not.toBe(ca);
});

it("serves over TLS, and over mTLS only clients with a certificate", async () => {
  const { ca, server, client } = createCertificates();
  await using cluster = await TestCluster.start({ tls: { ...server, clientCa: ca } });
  const endpoint = cluster.endpoints[0] ?? "";
  const address = endpoint.replace("127.0.0.1", "localhost");
  const pem = (value: string): Buffer => Buffer.from(value);
  using known = new RawGrpc(
    address,
    credentials.createSsl(pem(ca), pem(client.key), pem(client.cert)),
  );
  const members = await known.call("GetMembers", {});
  expect(members.leader?.clientUrls).toEqual([`https://${endpoint}`]);
  using stranger = new RawGrpc(address, credentials.createSsl(pem(ca)));
  await expect(stranger.call("GetMembers", {})).rejects.toThrow("UNAVAILABLE");
});
