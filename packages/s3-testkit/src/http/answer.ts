import { type Content, readContent, sizeOf } from "../store/content.js";
import { type XmlElements, xmlDocument } from "../xml.js";
import type { Refusal } from "../refusal.js";

/** What the server says, before a fault touches it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of `body`. */
  readonly size: number;
  body(): AsyncIterable<Uint8Array>;
}

export function emptyAnswer(status: number, headers: Answer["headers"] = {}): Answer {
  return { status, headers, size: 0, body: async function* () {} };
}

export function textAnswer(status: number, text: string, type: string): Answer {
  const bytes = new TextEncoder().encode(text);
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return { status, headers: { "content-type": type }, size: bytes.length, body };
}

export function xmlAnswer(root: string, content: XmlElements): Answer {
  return textAnswer(200, xmlDocument(root, content), "application/xml");
}

export function contentAnswer(
  status: number,
  headers: Answer["headers"],
  content: Content,
): Answer {
  return { status, headers, size: sizeOf(content), body: () => readContent(content) };
}

export function refusalAnswer(refusal: Refusal, resource: string, requestId: string): Answer {
  const { code, message, details, status } = refusal;
  const content = { Code: code, Message: message, ...details };
  const error = xmlDocument("Error", { ...content, Resource: resource, RequestId: requestId });
  return textAnswer(status, error.replace(/ xmlns="[^"]*"/, ""), "application/xml");
}
