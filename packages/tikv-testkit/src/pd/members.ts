import type { MessageInitShape } from "@bufbuild/protobuf";
import type { pdpb } from "@roboflow/tikv-proto";

export type MemberInit = MessageInitShape<typeof pdpb.MemberSchema>;

/** The members of PD, and which of them leads. */
export class Members {
  readonly #urls: string[] = [];
  leader: number | undefined = 0;

  add(url: string): void {
    this.#urls.push(url);
  }

  get all(): MemberInit[] {
    return this.#urls.map((url, index) => ({
      name: `pd-${index}`,
      memberId: BigInt(index + 1),
      clientUrls: [url],
      peerUrls: [url],
    }));
  }

  get leading(): MemberInit | undefined {
    return this.leader === undefined ? undefined : this.all[this.leader];
  }
}
