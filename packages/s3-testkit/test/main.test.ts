import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";

it("serves in a process of its own, with faults set over HTTP", async () => {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const args = ["--import", "tsx", main, "--bucket", "robots", "--stdin"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  try {
    const [line] = await once(createInterface(child.stdout), "line");
    const { url, env } = JSON.parse(String(line));
    const client = new S3Client({
      endpoint: url,
      region: env.AWS_REGION,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID,
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      },
    });
    const admin = async (method: string, command: string, body?: unknown): Promise<unknown> => {
      const sent = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const response = await fetch(`${url}/_admin/${command}`, sent);
      return response.status === 200 ? response.json() : response.status;
    };
    const at = { Bucket: "robots", Key: "x" };
    await client.send(new PutObjectCommand({ ...at, Body: "abc" }));
    const rule = { operation: "GetObject", times: 1, action: { kind: "disconnect" } };
    expect(await admin("POST", "faults", rule)).toEqual({ id: 1 });
    await expect(client.send(new GetObjectCommand(at))).rejects.toThrow(
      /socket hang up|ECONNRESET/,
    );
    await client.send(new GetObjectCommand(at));
    expect(await admin("GET", "faults")).toEqual([{ id: 1, rule, acted: 1 }]);
    expect(await admin("POST", "faults", { action: { kind: "unknown" } })).toBe(400);
    expect(await admin("DELETE", "faults")).toBe(204);
    expect(await admin("GET", "uploads")).toEqual([]);
    expect(await admin("GET", "log")).toHaveLength(3);
    expect(await admin("DELETE", "log")).toBe(204);
    expect(await admin("GET", "log")).toEqual([]);
    expect(await admin("POST", "expire-credentials")).toBe(204);
    await expect(client.send(new GetObjectCommand(at))).rejects.toMatchObject({
      name: "ExpiredToken",
    });
    expect(await admin("GET", "elsewhere")).toBe(404);
    client.destroy();
  } finally {
    child.stdin.end();
  }
  expect(await exited).toEqual([0, null]);
});
