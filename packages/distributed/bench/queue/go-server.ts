import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "../../../..");

export type FoundGoServer =
  | { readonly kind: "found"; readonly program: string }
  | { readonly kind: "missing"; readonly reason: string };

/** Builds the Go test server, if it is not built yet and Go is there. */
export function findGoServer(): FoundGoServer {
  const output = execFileSync("pnpm", ["exec", "tsx", join(ROOT, "scripts/src/tikv-programs.ts")], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { server } = JSON.parse(output) as {
    readonly server?: { readonly path?: string; readonly missing?: string };
  };
  return server?.path === undefined
    ? { kind: "missing", reason: server?.missing ?? "it is not built here" }
    : { kind: "found", program: server.path };
}

/** A PD and a store of their own, in Go. */
export class GoServer implements AsyncDisposable {
  private constructor(
    readonly pd: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(program: string): Promise<GoServer> {
    // It stops when its input closes, so it never outlives this process.
    const args = ["-stdin", "-region-size", "0"];
    const server = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(server, "exit");
    const [line] = (await Promise.race([
      once(createInterface({ input: server.stdout }), "line"),
      ended.then(() => Promise.reject(new Error("The Go server ended before it served"))),
    ])) as [string];
    return new GoServer((JSON.parse(line) as { readonly pd: string }).pd, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.server.exitCode !== null) return;
    const ended = once(this.server, "exit");
    this.server.stdin?.end();
    await ended;
  }
}
