import type { TimelineEntry } from "@/api/contract";

export const makeEntry = (changes: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id: "event-1",
  kind: "restart",
  tone: "bad",
  at: "2026-11-27T02:11:09Z",
  until: "2026-11-27T02:41:30Z",
  text: "Container web of Deployment web on prod-eu was restarted 9 times in 30 min 21 s: OOMKilled (exit code 137).",
  cluster: "prod-eu",
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  count: 9,
  operation: null,
  release: null,
  divergence: null,
  ...changes,
});
