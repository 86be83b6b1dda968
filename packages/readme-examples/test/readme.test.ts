import { describeReadme } from "../src/index.js";

describeReadme(new URL("../README.md", import.meta.url));
