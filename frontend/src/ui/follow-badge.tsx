import type { Follow } from "@/api/contract";
import { followWords, needsPerson } from "./follow";
import { useClock } from "./clock";
import { StatusBadge } from "./status-badge";

/** What an environment follows and what it waits for; the whole sentence on hover and to screen readers. */
export function FollowBadge({ follow }: { follow: Follow }) {
  const label = useClock((now) => followWords(follow, now));
  const tone = needsPerson(follow) ? "warn" : follow.code === "up-to-date" ? "good" : "busy";
  return <StatusBadge quiet status={{ label, tone, icon: "link" }} hint={follow.detail} />;
}
