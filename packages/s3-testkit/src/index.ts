export type { Credentials } from "./auth/credentials.js";
export type { Action, FaultRule, Hook, HookFunction } from "./hooks/hook.js";
export type { Interception } from "./hooks/intercept.js";
export type { Operation, S3Request } from "./http/request.js";
export type { S3TestServerOptions } from "./server/options.js";
export type { LoggedRequest } from "./server/request-log.js";
export type { OpenUpload } from "./server/open-upload.js";
export { S3TestServer } from "./server/s3-test-server.js";
