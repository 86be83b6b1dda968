import { describeReadme } from "@roboflow/readme-examples";

describeReadme(new URL("../README.md", import.meta.url));
