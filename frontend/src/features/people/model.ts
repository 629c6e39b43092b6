/** Finding people, and the words for their groups and their state. Pure. */
import type { Person } from "@/api/contract";
import type { Status } from "@/ui/status-badge";

/** The people whose name, e-mail, provider, subject or a group contains the text, in whatever case. */
export function peopleMatching(people: readonly Person[], text: string): Person[] {
  const wanted = text.trim().toLowerCase();
  return people.filter(({ name, email, provider, subject, groups }) =>
    [name, email ?? "", provider, subject, ...groups].some((each) => each.toLowerCase().includes(wanted)),
  );
}

const FEW = 4;

/** The first groups and how many more there are: a directory may name hundreds. */
export function groupWords(groups: readonly string[]): string {
  if (groups.length === 0) return "none";
  const more = groups.length - FEW;
  // One more than fits is no shorter as a number.
  return more <= 1 ? groups.join(", ") : `${groups.slice(0, FEW).join(", ")} and ${more} more`;
}

export const disabledStatus: Status = { label: "Disabled", tone: "warn", icon: "lock" };
