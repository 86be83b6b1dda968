/** A key that the server knows. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials: requests must carry it. */
  readonly sessionToken?: string;
  /** `read`: everything that changes something is refused as `AccessDenied`. Default `all`. */
  readonly allow?: "all" | "read";
}

export const DEFAULT_CREDENTIALS: Credentials = {
  accessKeyId: "testkit-access-key",
  secretAccessKey: "testkit-secret-key",
};
