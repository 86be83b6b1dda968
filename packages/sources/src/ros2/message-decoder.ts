import { SourceError } from "../error.js";
import { nameOf } from "../failure.js";
import type { RawMessage } from "../recording.js";
import { Ros2Type } from "./ros2-type.js";

/** What a file declares of a channel and of its schema. */
export interface ChannelDeclaration {
  readonly topic: string;
  readonly messageEncoding: string;
  /** Undefined if the channel names none. */
  readonly schema:
    | { readonly name: string; readonly encoding: string; readonly data: Uint8Array }
    | undefined;
}

/** Why messages of the channel can't be decoded; undefined if they can. */
export function unsupportedReason({
  messageEncoding,
  schema,
}: ChannelDeclaration): string | undefined {
  if (messageEncoding === "ros1" || schema?.encoding === "ros1msg") {
    return "ros1msg (ROS 1) messages are not supported yet";
  }
  if (messageEncoding !== "cdr") {
    return `messages encoded as ${named(messageEncoding)} are not supported yet`;
  }
  if (schema === undefined) return "messages without a schema are not supported";
  if (schema.encoding === "ros2msg") return undefined;
  return `schemas in ${named(schema.encoding)} are not supported yet`;
}

function named(encoding: string): string {
  return encoding === "" ? "an unnamed encoding" : encoding;
}

/** Decodes the messages of one recording; a type is made when its first message comes. */
export class MessageDecoder {
  readonly #url: string;
  readonly #declarationOf: (channelId: number) => ChannelDeclaration | undefined;
  readonly #types = new Map<number, Ros2Type>();

  constructor(url: string, declarationOf: (channelId: number) => ChannelDeclaration | undefined) {
    this.#url = url;
    this.#declarationOf = declarationOf;
  }

  decode(message: RawMessage): unknown {
    const type = this.#typeOf(message);
    try {
      return type.decode(message.data);
    } catch (error) {
      throw this.#failed(message, error);
    }
  }

  headerStamp(message: RawMessage): bigint | undefined {
    const type = this.#typeOf(message);
    try {
      return type.headerStamp(message.data);
    } catch (error) {
      throw this.#failed(message, error);
    }
  }

  #typeOf({ channelId, topic }: RawMessage): Ros2Type {
    const known = this.#types.get(channelId);
    if (known !== undefined) return known;
    const declaration = this.#declarationOf(channelId);
    const reason =
      declaration === undefined ? "is not of this recording" : unsupportedReason(declaration);
    if (reason !== undefined || declaration?.schema === undefined) {
      throw new SourceError(
        "ERR_ROBOFLOW_SOURCE_UNSUPPORTED",
        `${nameOf(this.#url)}: ${topic}: ${reason}`,
      );
    }
    const { name, data } = declaration.schema;
    try {
      const type = new Ros2Type(new TextDecoder().decode(data));
      this.#types.set(channelId, type);
      return type;
    } catch (error) {
      throw new SourceError(
        "ERR_ROBOFLOW_SOURCE_DECODE",
        `${nameOf(this.#url)}: ${topic}: the schema of ${name} can't be parsed`,
        { cause: error },
      );
    }
  }

  #failed({ channelId, topic, logTime }: RawMessage, cause: unknown): SourceError {
    const type = this.#declarationOf(channelId)?.schema?.name;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new SourceError(
      "ERR_ROBOFLOW_SOURCE_DECODE",
      `${nameOf(this.#url)}: ${topic}: the message at log time ${logTime} is no ${type}: ${reason}`,
      { cause },
    );
  }
}
