export {
  RoboflowError,
  type ErrorCode,
  type Permanence,
  type RoboflowErrorOptions,
} from "./error.js";
export { sha256Hex } from "./hash.js";
export { newId } from "./id.js";
export { silentLogger, type LogFields, type Logger } from "./logger.js";
export { closeNames } from "./suggest.js";
