import { join } from "node:path";
import { ROOT } from "../root.js";
import type { CargoTool } from "./cargo-program.js";
import type { GoTool } from "./go-programs.js";

/** A real PD and a TiKV-protocol store; the server starts the `pd` beside it. */
export const SERVER: GoTool = {
  name: "tikv-server",
  dir: join(ROOT, "tools/tikv-server"),
  programs: { pd: "pd", "tikv-server": "." },
};

/** versitygw, an S3 server over a directory. */
export const S3_SERVER: GoTool = {
  name: "s3-server",
  dir: join(ROOT, "tools/s3-server"),
  programs: { versitygw: "." },
  package: "github.com/versity/versitygw/cmd/versitygw",
};

/** client-go, driven by a test. */
export const INTEROP: GoTool = {
  name: "tikv-interop",
  dir: join(ROOT, "tools/tikv-interop"),
  programs: { "tikv-interop": "." },
};

/** Our benchmark's workload with client-go. */
export const BENCH_GO: GoTool = {
  name: "bench-client-go",
  dir: join(ROOT, "tools/tikv-peers/client-go"),
  programs: { "bench-client-go": "." },
};

/** The same with the Rust client. */
export const BENCH_RUST: CargoTool = {
  name: "bench-client-rust",
  dir: join(ROOT, "tools/tikv-peers/client-rust"),
  program: "bench-client-rust",
};
