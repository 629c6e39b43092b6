/** Which queries a change concerns, and their reading anew. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { StreamedChange } from "./contract";
import { keys } from "./keys";

const matrix = keys.applications.matrix;
const everyGate = ["applications", "gates"];
const everyCatchUp = ["applications", "catch-ups"];
const everyOverview = ["applications", "overview"];
const everyPlace = ["applications", "environment"];
const everySetting = ["applications", "environments"];
const everyTimeline = ["applications", "timeline"];
const everyExpectedDifference = ["applications", "expected-differences"];
const everyOperationList = ["operations", "list"];
const everyProposalList = ["proposals", "list"];
const everyDelivery = ["receivers", "deliveries"];
const everyNotification = ["channels", "notifications"];
const everyPersonsSession = ["people", "sessions"];
const everyAccountsToken = ["service-accounts", "tokens"];

/** All that the stream covers: after a gap of unknown length, any of it may have changed. */
export const covered: readonly QueryKey[] = [
  keys.me,
  keys.rights,
  matrix,
  keys.drift,
  keys.applications.names,
  ["applications", "one"],
  everyOverview,
  everySetting,
  everyPlace,
  everyGate,
  everyCatchUp,
  ["applications", "images"],
  ["applications", "releases"],
  everyTimeline,
  keys.clusters.all,
  keys.environments.list,
  keys.operations.all,
  keys.promotionSets.all,
  keys.applicationGroups,
  everyProposalList,
  ["proposals", "one"],
  keys.approvalPolicies,
  keys.holds,
  keys.stops,
  keys.freezes.all,
  keys.receivers.all,
  keys.registries,
  keys.polls,
  keys.channels.all,
  keys.notificationRoutes,
  keys.sessions,
  keys.people.all,
  keys.tokens,
  keys.myTokens,
  keys.serviceAccounts.all,
  keys.trusts,
  keys.bindings.all,
  keys.gitRepositories,
  keys.declaredKinds,
  everyExpectedDifference,
];

/**
 * The keys, or beginnings of keys, of the queries that a change concerns. What a wizard or a dialog has read for a plan is
 * not among them: a plan is checked again when it is started. How places look is told as `overview` a moment after what
 * causes it.
 */
export function concerned({ topic, application, environment, id }: StreamedChange): readonly QueryKey[] {
  switch (topic) {
    case "overview":
      return [
        matrix,
        application === null ? everyOverview : keys.applications.overview(application),
        // Whether a cluster is reached shows in its places first.
        keys.clusters.all,
        keys.environments.list,
        ...(application !== null && environment !== null
          ? [[...keys.applications.images(application, environment), "why"]]
          : []),
      ];
    case "application":
      return [
        matrix,
        keys.drift, // which names it
        keys.declaredKinds, // which say how many resources are of each
        keys.applications.names,
        ...(application === null
          ? [everyOverview, everySetting, everyPlace]
          : [
              keys.applications.one(application),
              keys.applications.overview(application),
              keys.applications.environments(application),
              [...everyPlace, application],
            ]),
      ];
    case "environment":
      return [
        keys.environments.list,
        keys.clusters.all,
        matrix,
        keys.drift,
        everyOverview,
        everyCatchUp,
        everySetting,
        everyPlace,
      ];
    case "cluster":
      return [keys.clusters.all, keys.environments.list];
    case "operation":
      return [
        everyOperationList,
        keys.promotionSets.all,
        ...(id ? [keys.operations.one(id)] : []),
        application === null ? everyCatchUp : keys.applications.catchUps(application),
        ...imagesOf(application, environment),
        timelinesOf(application, environment),
      ];
    case "progress":
      // The page of an operation follows its own timeline.
      return [keys.promotionSets.all];
    case "promotion-set":
      return [keys.promotionSets.all];
    case "application-group":
      return [keys.applicationGroups];
    case "expected-difference":
      // A comparison says which of its differences are expected.
      return application === null
        ? [everyExpectedDifference]
        : [keys.applications.expectedDifferences(application), keys.applications.comparisons(application)];
    case "git-repository":
      return [keys.gitRepositories];
    case "declared-kind":
      return [keys.declaredKinds];
    case "release":
      return [
        application !== null && environment !== null
          ? keys.applications.releases(application, environment)
          : ["applications", "releases"],
        timelinesOf(application, environment),
      ];
    case "image":
      return imagesOf(application, environment);
    case "proposal":
      return [everyProposalList, ...(id ? [keys.proposals.one(id)] : [])];
    case "approval-policy":
      return [keys.approvalPolicies, everyGate];
    case "hold":
      return [
        keys.holds,
        everyCatchUp,
        application === null ? everyGate : keys.applications.gates(application),
        timelinesOf(application, environment),
      ];
    case "stop":
      return [keys.stops, everyGate, everyCatchUp, everyTimeline];
    case "freeze":
      return [keys.freezes.all, everyGate, everyCatchUp, everyTimeline];
    case "drift":
      return [keys.drift, timelinesOf(application, environment)];
    case "timeline":
      return [timelinesOf(application, environment)];
    case "receiver":
      return [keys.receivers.list, ...(id ? [keys.receivers.one(id)] : [])];
    case "delivery":
      // A receiver says which delivery was its last one.
      return [keys.receivers.list, ...(id ? [keys.receivers.one(id), [...everyDelivery, id]] : [everyDelivery])];
    case "registry":
      return [keys.registries];
    case "poll":
      return [keys.polls];
    case "channel":
      return [keys.channels.list, keys.notificationRoutes];
    case "notification":
      // A channel counts what could not be sent.
      return [keys.channels.list, id ? [...everyNotification, id] : everyNotification];
    case "person":
      return [keys.people.list];
    case "session":
      return [keys.sessions, everyPersonsSession];
    case "token":
      return [keys.tokens, keys.myTokens, everyAccountsToken];
    case "service-account":
      return [keys.serviceAccounts.list];
    case "trust":
      return [keys.trusts];
    case "binding":
      return [keys.bindings.all];
    default:
      // A topic of the next release: what it is about may be any of it.
      topic satisfies never;
      return covered;
  }
}

const imagesOf = (application: string | null, environment: string | null): readonly QueryKey[] =>
  application !== null && environment !== null
    ? [keys.applications.images(application, environment)]
    : [["applications", "images"]];

/** Timelines of an app environment; of all where a change is about more than one. */
const timelinesOf = (application: string | null, environment: string | null): QueryKey =>
  application !== null && environment !== null ? [...everyTimeline, application, environment] : everyTimeline;

/** Between two readings of the same query, where it changes all the time. */
const PAUSE = 400;
/**
 * Until a query is read once more after its last change. Another replica may have answered than told of the change, and
 * replicas look at what has changed ten times a second each: it can be a moment behind, and will tell nobody of ours.
 */
const SETTLE = 1000;

interface Reading {
  again: boolean;
  /** Ends the wait for the last reading. */
  wake?: () => void;
}

/**
 * Reads queries anew, each key for itself. A reading under way is not broken off, since with a change each moment none
 * would come to its end; it is followed by another.
 */
export function createRefresher(queryClient: QueryClient, pause = PAUSE, settle = SETTLE) {
  const running = new Map<string, Reading>();

  async function run(key: QueryKey, state: Reading): Promise<void> {
    const read = async () => {
      const underWay = queryClient.isFetching({ queryKey: key }) > 0;
      state.again = false;
      await queryClient.invalidateQueries({ queryKey: key }, { cancelRefetch: false });
      state.again ||= underWay;
      await new Promise((resume) => setTimeout(resume, pause));
    };
    let settled = false;
    while (!settled) {
      await read();
      if (state.again) continue;
      await new Promise<void>((resume) => {
        state.wake = resume;
        setTimeout(resume, settle);
      });
      if (state.again) continue;
      await read();
      settled = !state.again;
    }
  }

  function refresh(key: QueryKey): void {
    const name = JSON.stringify(key);
    const already = running.get(name);
    if (already) {
      already.again = true;
      already.wake?.();
      return;
    }
    const state = { again: false };
    running.set(name, state);
    void run(key, state).finally(() => running.delete(name));
  }

  return (found: readonly QueryKey[]): void => {
    const seen = new Set<string>();
    for (const key of found) {
      const name = JSON.stringify(key);
      if (!seen.has(name)) refresh(key);
      seen.add(name);
    }
  };
}
