import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildGo } from "./tikv/go-programs.js";
import { SERVER } from "./tikv/tools.js";

const built = await buildGo(SERVER, console.error);
if (built.kind === "unavailable") {
  console.error(`tikv-server can't be built: ${built.reason}`);
  process.exitCode = 1;
} else {
  const server = spawn(join(built.dir, "tikv-server"), process.argv.slice(2), { stdio: "inherit" });
  // The server gets a terminal's Ctrl-C by itself; both wait until it has stopped.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => server.kill("SIGTERM"));
  server.on("exit", (code) => (process.exitCode = code ?? 1));
}
