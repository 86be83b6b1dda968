/** What is known of a request that failed. */
export interface Failure {
  /** S3's error code or that of the connection; the error's name otherwise. */
  readonly code: string;
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Region that the answer names instead. */
  readonly region: string | undefined;
  /** The SDK has set its clock by the answer, so that the next signature may hold. */
  readonly clockCorrected: boolean;
}

/** Reads what Amazon's SDK, Node's sockets or a stream threw. */
export function failureOf(error: unknown): Failure {
  const metadata = field(error, "$metadata");
  const status = field(metadata, "httpStatusCode");
  const region = field(error, "Region") ?? headerOf(error, "x-amz-bucket-region");
  return {
    code: codeOf(error),
    status: typeof status === "number" ? status : undefined,
    region: typeof region === "string" ? region : undefined,
    clockCorrected: field(metadata, "clockSkewCorrected") === true,
  };
}

function codeOf(error: unknown): string {
  const candidates = [
    field(error, "Code"),
    field(error, "code"),
    field(field(error, "cause"), "code"),
    field(error, "name"),
  ];
  const code = candidates.find((value) => typeof value === "string" && value !== "");
  if (code === "Error" && error instanceof Error) {
    // Node says it in words when a keep-alive connection is closed under a request.
    if (/socket hang up|aborted|premature close/i.test(error.message)) return "ECONNRESET";
  }
  return typeof code === "string" ? code : "UnknownError";
}

function headerOf(error: unknown, name: string): unknown {
  return field(field(field(error, "$response"), "headers"), name);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
