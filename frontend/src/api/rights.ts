/**
 * What the user may do, and where. The service enforces rights; the console does not offer what it would refuse, or says
 * which right is missing.
 */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { allows, allowsNew, allowsSomewhere, asksForLabels, missingRight, type Place } from "@/lib/rights";
import { applicationQuery } from "./applications";
import { api, body } from "./client";
import type { HeldRight, Right } from "./contract";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";

export const rightsQuery = queryOptions({
  queryKey: keys.rights,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/me/rights", { signal }))).items,
  staleTime: 60_000,
  refetchInterval: whileNotLive(5 * 60_000),
});

/** A place, all of several places, any place at all, or an application that is still to be created. */
export type Where = Place | readonly Place[] | "somewhere" | "new application";

const EVERYWHERE: Place = {};

export const administers = (held: readonly HeldRight[]): boolean => allows(held, "administer", {});

/** Why the user may not do what needs this right there, as a sentence; null if they may. */
export function useLack(right: Right, where: Where = EVERYWHERE): string | null {
  const { data: held, error } = useQuery(rightsQuery);
  const places = placesOf(where);
  const asking = held ? places.filter((place) => asksForLabels(held, right, place)) : [];
  const about = useQueries({ queries: asking.map(({ application }) => applicationQuery(application ?? "")) });
  if (!held) return error ? "Stagecoach could not read your rights." : "Stagecoach is reading your rights.";
  switch (where) {
    case "somewhere":
      return allowsSomewhere(held, right) ? null : `Requires the right ${right}.`;
    case "new application":
      return allowsNew(held, right) ? null : `Requires the right ${right} on new applications in every environment.`;
    default: {
      const labelsOf = (place: Place) => about[asking.indexOf(place)]?.data?.labels;
      const missing = places.find((place) => !allows(held, right, known(place, labelsOf(place))));
      return missing ? missingRight(right, missing) : null;
    }
  }
}

function placesOf(where: Where): readonly Place[] {
  if (typeof where === "string") return [];
  return "length" in where ? where : [where];
}

const known = ({ application, environment }: Place, labels: Record<string, string> | undefined) => ({
  application: application === undefined ? undefined : { name: application, labels },
  environment,
});

/** Whether the user may do what needs this right there; not before that is known. */
export const useRight = (right: Right, where: Where = EVERYWHERE): boolean => useLack(right, where) === null;
