import type { LogLevel } from "../io/logger.js";

/** Options that every command takes. */
export interface GlobalFlags {
  readonly store?: string;
  readonly tikvEndpoints?: string;
  readonly tikvCa?: string;
  readonly tikvCert?: string;
  readonly tikvKey?: string;
  readonly debug?: boolean;
  readonly logLevel?: LogLevel;
  readonly logFormat?: "text" | "json";
}
