import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("loads Amazon's SDK with the first call that needs it", async () => {
  const index = new URL("../../src/index.ts", import.meta.url);
  // The SDK is CommonJS, so what is loaded of it stands in the cache of `require`.
  const program = `
    import { createRequire } from "node:module";
    import { createStorage } from ${JSON.stringify(index.href)};
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    const loaded = () => Object.keys(cache).some((path) => path.includes("client-s3"));
    const storage = createStorage({ env: {}, s3: { maxAttempts: 1, endpoint: "http://127.0.0.1:9" } });
    await storage.exists("file:///none");
    console.log(loaded());
    await storage.exists("s3://robots/none").catch(() => {});
    console.log(loaded());`;
  const args = [
    "--conditions=@roboflow/source",
    "--import",
    "tsx",
    "--input-type=module",
    "--eval",
    program,
  ];
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined };
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env });
  expect(stdout).toBe("false\ntrue\n");
  // Nor does it print what it thinks of this Node.
  expect(stderr).toBe("");
});
