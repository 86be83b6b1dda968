import { type Answer, emptyAnswer, textAnswer } from "../http/answer.js";
import { parseRule } from "../hooks/parse-rule.js";
import type { FaultRule } from "../hooks/hook.js";
import type { Interception } from "../hooks/intercept.js";
import type { OpenUpload } from "./open-upload.js";
import type { LoggedRequest } from "./request-log.js";

/** No bucket can have this name. */
export const ADMIN_PATH = "/_admin/";

/** What can be seen and done of a server over HTTP. */
export interface Administered {
  readonly log: readonly LoggedRequest[];
  readonly faults: readonly Interception[];
  clearLog(): void;
  clearFaults(): void;
  intercept(rule: FaultRule): Interception;
  uploads(): OpenUpload[];
  expireCredentials(): void;
}

/** Lets another process set faults and look at what happened. Bodies are JSON. */
export function administer(
  server: Administered,
  method: string,
  path: string,
  body: Uint8Array,
): Answer {
  switch (`${method} ${path.slice(ADMIN_PATH.length)}`) {
    case "GET log":
      return json(server.log);
    case "DELETE log":
      server.clearLog();
      return emptyAnswer(204);
    case "GET faults":
      return json(server.faults.map(({ id, rule, acted }) => ({ id, rule, acted })));
    case "POST faults":
      return addFault(server, body);
    case "DELETE faults":
      server.clearFaults();
      return emptyAnswer(204);
    case "GET uploads":
      return json(server.uploads());
    case "POST expire-credentials":
      server.expireCredentials();
      return emptyAnswer(204);
    default:
      return textAnswer(404, "no such administration command", "text/plain");
  }
}

function addFault(server: Administered, body: Uint8Array): Answer {
  try {
    const rule = parseRule(JSON.parse(new TextDecoder().decode(body)));
    return json({ id: server.intercept(rule).id });
  } catch (error) {
    return textAnswer(400, String(error), "text/plain");
  }
}

function json(value: unknown): Answer {
  return textAnswer(200, JSON.stringify(value), "application/json");
}
