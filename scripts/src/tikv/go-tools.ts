import { join } from "node:path";
import { ROOT } from "../root.js";
import type { GoTool } from "./go-programs.js";

/** A real PD and a TiKV-protocol store; the server starts the `pd` beside it. */
export const SERVER: GoTool = {
  name: "tikv-server",
  dir: join(ROOT, "tools/tikv-server"),
  programs: { pd: "pd", "tikv-server": "." },
};

/** client-go, driven by a test. */
export const INTEROP: GoTool = {
  name: "tikv-interop",
  dir: join(ROOT, "tools/tikv-interop"),
  programs: { "tikv-interop": "." },
};
