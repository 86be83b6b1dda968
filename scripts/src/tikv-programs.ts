import { join } from "node:path";
import type { BuiltPrograms } from "./tikv/built-program.js";
import { buildCargo } from "./tikv/cargo-program.js";
import { buildGo } from "./tikv/go-programs.js";
import { BENCH_GO, BENCH_RUST, SERVER } from "./tikv/tools.js";

// For the client's benchmark: builds the programs it runs against, and prints where they lie.
const found = (built: BuiltPrograms, program: string): object =>
  built.kind === "ready" ? { path: join(built.dir, program) } : { missing: built.reason };

console.log(
  JSON.stringify({
    server: found(await buildGo(SERVER, console.error), "tikv-server"),
    "client-go": found(await buildGo(BENCH_GO, console.error), "bench-client-go"),
    "client-rust": found(await buildCargo(BENCH_RUST, console.error), "bench-client-rust"),
  }),
);
