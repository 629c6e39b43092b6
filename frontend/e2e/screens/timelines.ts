/** The timeline of an app environment. */
import { expect } from "@playwright/test";
import { makeEntry } from "@/test/timeline-factories";
import { answered, fromNow } from "./answers";
import type { ScreenState } from "./screen";

/** What happened in Production, each two hours before the former. */
const entries = (
  [
    ["health", "bad", "Deployment web on prod-eu has failed. Container web crashes again and again.", null],
    ["restart", "bad", "Container web of Deployment web on prod-eu was restarted 9 times in 30 min 21 s.", 1],
    ["drift", "warn", "Deployment web, web drifts from release 7: 1.4.3 instead of 1.4.2.", null],
    ["operation", "good", "Promotion from Staging by ada succeeded.", 1],
    ["hold", "plain", "ada lifted the hold of this application.", 0],
  ] as const
).map(([kind, tone, text, hours], index) =>
  makeEntry({
    id: `${kind}-1`,
    kind,
    tone,
    text,
    at: fromNow(-2 * index - 2),
    until: hours === null ? null : fromNow(-2 * index - 2 + hours),
    container: null,
    count: 1,
    operation: kind === "operation" ? "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398b" : null,
    release: kind === "drift" ? 7 : null,
    divergence: kind === "drift" ? "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7" : null,
  }),
);

export const timelineScreens: readonly ScreenState[] = [
  {
    name: "timeline",
    path: "/applications/shop/timeline/Production?range=picked&only=%5B%22health%22%5D",
    answer: (page) =>
      answered(page, "get", "/api/v1/applications/{application}/environments/{environment}/timeline", {
        items: entries,
        next_cursor: "more",
      }),
    arrange: (page) => expect(page.getByText("has failed", { exact: false })).toBeVisible(),
  },
];
