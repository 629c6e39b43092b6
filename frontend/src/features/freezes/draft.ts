/** A freeze as it is filled in. Pure. */
import type { Freeze, FreezeEffect, FreezeInput } from "@/api/contract";
import { labelsIn, labelWords } from "@/lib/labels";
import { browserZone, isWall, momentOf, spanIn } from "@/lib/zones";
import { choicesOf, once, ruleFor, type Recurrence } from "./recurrence";

export interface Draft {
  name: string;
  effect: FreezeEffect;
  starts: string;
  ends: string;
  zone: string;
  recurrence: Recurrence;
  reason: string;
  environments: string[];
  applications: string[];
  labels: string;
  /** Those of the freeze that is edited. Some may be such as no application can bear. */
  stored: Readonly<Record<string, string>>;
}

/** What a wall clock shows, as a field of a form has it: without seconds. */
const field = (wall: string): string => wall.slice(0, 16);

export const draftOf = (freeze: Freeze | null): Draft =>
  freeze
    ? {
        name: freeze.name,
        effect: freeze.effect,
        starts: field(freeze.starts),
        ends: field(freeze.ends),
        zone: freeze.zone,
        recurrence: choicesOf(freeze.rrule, freeze.zone),
        reason: freeze.reason,
        environments: freeze.environments ?? [],
        applications: freeze.applications ?? [],
        labels: labelWords(freeze.labels),
        stored: freeze.labels,
      }
    : {
        name: "",
        effect: "deny",
        starts: "",
        ends: "",
        zone: browserZone(),
        recurrence: once,
        reason: "",
        environments: [],
        applications: [],
        labels: "",
        stored: {},
      };

/** Labels that are left as they are stay what they are, also where they could not be written anew. */
const labelsOf = ({ labels, stored }: Draft): Readonly<Record<string, string>> | null =>
  labels === labelWords(stored) ? stored : labelsIn(labels);

/** What the draft still lacks; null if it can be sent. The service judges the rest. */
export function lackOf(draft: Draft): string | null {
  if (!draft.name.trim()) return "Give the freeze a name.";
  if (!isWall(draft.starts) || !isWall(draft.ends)) return "Set when it starts and when it ends.";
  if (draft.ends <= draft.starts) return "The end has to be after the start.";
  if (draft.recurrence.repeat === "custom" && !draft.recurrence.rule.trim()) return "Write the recurrence rule.";
  if (!Number.isInteger(draft.recurrence.every) || draft.recurrence.every < 1) return "Set how often it repeats.";
  if (!draft.reason.trim()) return "Say why: people read it where the freeze is in their way.";
  return labelsOf(draft) === null ? "Write labels as team=shop, tier=front." : null;
}

export const inputOf = (draft: Draft): FreezeInput => ({
  name: draft.name.trim(),
  effect: draft.effect,
  starts: draft.starts,
  ends: draft.ends,
  zone: draft.zone,
  rrule: ruleFor(draft.recurrence, draft.zone),
  reason: draft.reason.trim(),
  environments: draft.environments.length > 0 ? draft.environments : null,
  applications: draft.applications.length > 0 ? draft.applications : null,
  labels: { ...labelsOf(draft) },
});

/** When the viewer's clock shows what the draft says; null where both clocks agree, or while it is incomplete. */
export function forViewer(draft: Draft, viewer: string, now: Date): string | null {
  if (!isWall(draft.starts) || !isWall(draft.ends)) return null;
  const [starts, ends] = [momentOf(draft.starts, draft.zone), momentOf(draft.ends, draft.zone)];
  const mine = spanIn(viewer, starts, ends, now);
  return mine === spanIn(draft.zone, starts, ends, now) ? null : mine;
}
