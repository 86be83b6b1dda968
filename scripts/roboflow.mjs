// Runs the command line from source, in the directory where it was called: package managers start
// scripts in the repository's root.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../apps/cli/src/main.ts", import.meta.url));
const child = spawn(
  process.execPath,
  [
    "--conditions=@roboflow/source",
    "--import",
    import.meta.resolve("tsx"),
    main,
    ...process.argv.slice(2),
  ],
  { cwd: process.env["INIT_CWD"] ?? process.cwd(), stdio: "inherit" },
);
// Ctrl-C reaches the child by itself; what becomes of it is the child's decision.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
});
