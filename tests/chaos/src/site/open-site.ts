import { localSite } from "./local-site.js";
import { s3Site } from "./s3-site.js";
import type { Site, SiteKind } from "./site.js";

export interface SitePlace {
  /** See `copyProgram`. */
  readonly program: string;
  /** For what lies in files. */
  readonly directory: string;
  /** See `writeRecordings`; copied, never changed. */
  readonly recordings: string;
}

/** Puts the recordings in their place; the output is empty. */
export async function openSite(kind: SiteKind, place: SitePlace): Promise<Site> {
  return kind === "local" ? localSite(place.directory, place.recordings) : s3Site(place);
}
