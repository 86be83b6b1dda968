import type { Channel, Schema } from "./record.js";

/** The schemas and channels that a file declares. They may repeat, but must not change. */
export class Catalog {
  readonly schemas = new Map<number, Schema>();
  readonly channels = new Map<number, Channel>();

  /** Returns what is wrong with the declaration, if anything. */
  addSchema(schema: Schema): string | undefined {
    const known = this.schemas.get(schema.id);
    if (known === undefined) this.schemas.set(schema.id, schema);
    else if (!isSameSchema(known, schema)) return `declares schema ${schema.id} a second time`;
    return undefined;
  }

  /** Returns what is wrong with the declaration, if anything. */
  addChannel(channel: Channel): string | undefined {
    const known = this.channels.get(channel.id);
    if (known === undefined) this.channels.set(channel.id, channel);
    else if (!isSameChannel(known, channel)) return `declares channel ${channel.id} a second time`;
    return undefined;
  }

  /** The ids of each topic's channels, in order of declaration. */
  channelIdsByTopic(): Map<string, number[]> {
    const byTopic = new Map<string, number[]>();
    for (const { id, topic } of this.channels.values()) {
      const ids = byTopic.get(topic);
      if (ids === undefined) byTopic.set(topic, [id]);
      else ids.push(id);
    }
    return byTopic;
  }
}

function isSameSchema(a: Schema, b: Schema): boolean {
  return a.name === b.name && a.encoding === b.encoding && Buffer.compare(a.data, b.data) === 0;
}

function isSameChannel(a: Channel, b: Channel): boolean {
  return (
    a.topic === b.topic && a.schemaId === b.schemaId && a.messageEncoding === b.messageEncoding
  );
}
