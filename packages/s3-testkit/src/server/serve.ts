import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { authenticate, type Authority } from "../auth/authenticate.js";
import type { Action } from "../hooks/hook.js";
import type { Interceptor } from "../hooks/intercept.js";
import { type Answer, refusalAnswer } from "../http/answer.js";
import { parseRequest, type S3Request } from "../http/request.js";
import type { Context } from "../operations/context.js";
import { isRead, perform } from "../operations/perform.js";
import { Refusal } from "../refusal.js";
import type { LoggedRequest } from "./request-log.js";
import { send } from "./send.js";

export interface Service {
  readonly context: Context;
  readonly authority: Authority;
  readonly interceptor: Interceptor;
  log(request: LoggedRequest): void;
}

/** Answers one S3 request, as far as the hooks let it. */
export async function serve(
  service: Service,
  message: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
): Promise<void> {
  const requestId = randomUUID();
  const date = new Date(service.context.now()).toUTCString();
  const headers = { "x-amz-request-id": requestId, server: "s3-testkit", date };
  const resource = message.url ?? "/";
  let request: S3Request;
  try {
    request = parseRequest(message, body);
  } catch (error) {
    await send(response, refusalAnswer(asRefusal(error), resource, requestId), headers, undefined);
    return;
  }
  const actions = await service.interceptor.actionsFor(request);
  for (const action of actions) if (action.kind === "delay") await sleep(action.ms);
  const fault = actions.find(({ kind }) => kind !== "delay");
  const { answer, error } = await answerTo(service, request, fault, requestId);
  const bare = request.method === "HEAD" ? withoutBody(answer) : answer;
  const sent = await send(response, bare, headers, fault);
  const isAnswered = fault?.kind !== "disconnect" && fault?.kind !== "lose-answer";
  const range = request.headers.get("range");
  service.log({
    operation: request.operation,
    method: request.method,
    bucket: request.bucket,
    key: request.key,
    ...(range !== undefined && { range }),
    received: body.length,
    sent,
    ...(isAnswered && { status: answer.status }),
    ...(isAnswered && error !== undefined && { error }),
  });
}

async function answerTo(
  { context, authority }: Service,
  request: S3Request,
  fault: Action | undefined,
  requestId: string,
): Promise<{ readonly answer: Answer; readonly error?: string }> {
  try {
    if (fault?.kind === "disconnect") throw new Refusal("InternalError", "never sent");
    if (fault?.kind === "error") {
      throw new Refusal(fault.code, "A fault was injected.", {}, fault.status);
    }
    const { allow } = authenticate(request, authority);
    if (allow === "read" && !isRead(request.operation)) {
      throw new Refusal("AccessDenied", "Access Denied");
    }
    return { answer: await perform(context, request) };
  } catch (error) {
    const refusal = asRefusal(error);
    const resource = `/${request.bucket}/${request.key}`;
    return { answer: refusalAnswer(refusal, resource, requestId), error: refusal.code };
  }
}

function withoutBody(answer: Answer): Answer {
  // An error to a HEAD has no body, so clients see no more than its status.
  return { ...answer, size: 0, body: async function* () {} };
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("InternalError", String(error));
}
