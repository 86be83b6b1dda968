import { convertOnce } from "./convert-once.js";

// A process of its own for each measurement, as the peak of a process never falls. Prints MiB.
const [recording = "", directory = ""] = process.argv.slice(2);
await convertOnce(recording, directory);
console.log(process.resourceUsage().maxRSS / 1024);
