import type { TopicReport } from "./topic-report.js";

/** What of a topic's report its user should know of without looking. */
export function reportWarnings(report: TopicReport): string[] {
  const { topic, feature, messages, stale, filled } = report;
  if (messages === 0) return [`topic ${topic} has no messages: ${feature} holds its fill`];
  if (filled > 0) return [`topic ${topic}: ${filled} frames of ${feature} hold its fill`];
  if (stale > 0)
    return [`topic ${topic}: ${stale} frames of ${feature} repeat a message older than max_age_ms`];
  return [];
}
