import { assembleArtifacts, convertSource } from "@roboflow/dataset";
import { serveChild } from "@roboflow/distributed";

serveChild({ convert: convertSource, assemble: assembleArtifacts });
