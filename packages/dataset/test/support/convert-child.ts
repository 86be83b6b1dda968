import { convertSource, type SourceConversion } from "../../src/index.js";

// A conversion in a process of its own, to be killed. Arguments: the request as JSON, the scratch directory.
const [request = "", scratchDir = ""] = process.argv.slice(2);
await convertSource(JSON.parse(request) as SourceConversion, { scratchDir });
