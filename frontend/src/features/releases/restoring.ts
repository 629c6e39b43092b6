/** Which ConfigMaps and Secrets of a release a rollback puts back. Pure. */
import type { PromotionPlan, Resource } from "@/api/contract";

export interface ObjectChoice {
  /** Those that are put back, once one has been left out: a plan for a part no longer lists the others. */
  kept: Resource[];
  left: readonly Resource[];
}

export const allObjects: ObjectChoice = { kept: [], left: [] };

export const sameResource = (one: Resource, other: Resource): boolean =>
  one.kind === other.kind && one.name === other.name && one.api_version === other.api_version;

const labelOf = ({ kind, name }: Resource): string => `${kind} ${name}`;

/** All objects that may be put back, in the order of their names. */
export function objectsIn(plan: PromotionPlan | undefined, { kept, left }: ObjectChoice): Resource[] {
  const planned = (plan?.clusters ?? []).flatMap(({ configuration }) => configuration.map(({ resource }) => resource));
  const all = new Map([...planned, ...kept, ...left].map((each) => [labelOf(each), each]));
  return [...all.values()].sort((one, other) => labelOf(one).localeCompare(labelOf(other)));
}

/** The choice with one object more, or less. The last one cannot be left out: without any, no configuration is put back. */
export function toggled(plan: PromotionPlan | undefined, choice: ObjectChoice, object: Resource): ObjectChoice {
  const isLeft = choice.left.some((each) => sameResource(each, object));
  const left = isLeft ? choice.left.filter((each) => !sameResource(each, object)) : [...choice.left, object];
  const kept = objectsIn(plan, choice).filter((each) => !left.some((other) => sameResource(each, other)));
  return kept.length === 0 ? choice : { kept, left };
}
