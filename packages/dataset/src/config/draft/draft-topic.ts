/** What a topic's messages give a dataset. */
export type DraftContent =
  /** Pictures that a video can hold; sides in pixels. */
  | { readonly kind: "image"; readonly width: number; readonly height: number }
  /** Numbers that a mapping without `field` takes, by the names of their elements. */
  | {
      readonly kind: "numbers";
      readonly elements: readonly string[];
      /** Whether each message names its elements, as a JointState does. */
      readonly named: boolean;
    }
  /** Nothing that can be mapped without further choices; says why. */
  | { readonly kind: "none"; readonly reason: string };

/** A topic as {@link draftConfig} wants it. */
export interface DraftTopic {
  readonly topic: string;
  readonly schemaName: string;
  readonly messageCount: number;
  /** Messages a second; undefined if there are fewer than two. */
  readonly rateHz: number | undefined;
  readonly content: DraftContent;
}
