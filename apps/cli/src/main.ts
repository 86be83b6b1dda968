#!/usr/bin/env node
import { endWithReader } from "./io/end-with-reader.js";
import { run } from "./run.js";

endWithReader(process.stdout, process.stderr);
process.exitCode = await run(process.argv.slice(2));
