import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import type { StreamedChange } from "./contract";
import { keys } from "./keys";
import { concerned, covered, createRefresher } from "./live-queries";

const change = (topic: StreamedChange["topic"], where: Partial<StreamedChange> = {}): StreamedChange => ({
  topic,
  application: null,
  environment: null,
  cluster: null,
  id: null,
  ...where,
});
const here = { application: "shop", environment: "Staging" };
const begins = (key: readonly unknown[], prefix: readonly unknown[]) =>
  prefix.every((part, index) => JSON.stringify(part) === JSON.stringify(key[index]));
/** Whether the change has this query read anew. */
const reads = (told: StreamedChange, key: readonly unknown[]) => concerned(told).some((each) => begins(key, each));

const operationsList = keys.operations.list({ state: "running" });

describe("the queries that a change concerns", () => {
  it.each<[StreamedChange, (readonly unknown[])[], (readonly unknown[])[]]>([
    [
      change("overview", here),
      [
        keys.applications.matrix,
        keys.applications.overview("shop"),
        keys.applications.why("shop", "Staging", {}),
        keys.clusters.all,
      ],
      [keys.applications.overview("blog"), keys.applications.images("shop", "Staging"), keys.drift],
    ],
    [
      change("application", here),
      [keys.applications.names, keys.applications.one("shop"), keys.applications.environment("shop", "Staging")],
      [keys.applications.one("blog"), keys.applications.imagePolicies("shop", "Staging")],
    ],
    [
      change("operation", { ...here, id: "op-1" }),
      [operationsList, keys.operations.one("op-1"), keys.applications.images("shop", "Staging")],
      [keys.operations.one("op-2"), keys.applications.images("shop", "Production"), keys.applications.matrix],
    ],
    [change("release", here), [keys.applications.releases("shop", "Staging")], [keys.applications.releases("a", "b")]],
    [change("image", here), [keys.applications.images("shop", "Staging")], [keys.applications.matrix]],
    [
      change("proposal", { ...here, id: "p-1" }),
      [keys.proposals.list({ state: "waiting" }), keys.proposals.one("p-1")],
      [keys.proposals.one("p-2"), keys.proposals.mine("p-1")],
    ],
    [
      change("hold", here),
      [keys.holds, keys.applications.gates("shop")],
      [keys.applications.gates("blog"), keys.stops],
    ],
    [change("hold", { environment: "Staging" }), [keys.applications.gates("blog")], [keys.stops]],
    [change("stop"), [keys.stops, keys.applications.gates("shop")], [keys.holds]],
    [change("freeze"), [keys.freezes.list, keys.freezes.calendar("a", "b"), keys.applications.gates("shop")], []],
    [change("cluster", { cluster: "eu" }), [keys.clusters.all, keys.environments.list], [keys.applications.matrix]],
    [change("environment"), [keys.environments.list, keys.applications.environments("shop")], [keys.holds]],
    [
      change("timeline", here),
      [keys.applications.timeline("shop", "Staging", { kinds: [] })],
      [keys.applications.timeline("shop", "Production", { kinds: [] }), keys.drift],
    ],
    [change("approval-policy"), [keys.approvalPolicies], [keys.proposals.list({})]],
    [
      change("drift", here),
      [keys.drift, keys.applications.timeline("shop", "Staging", {})],
      [keys.applications.matrix],
    ],
    [change("receiver", { id: "r" }), [keys.receivers.list, keys.receivers.one("r")], [keys.receivers.one("s")]],
    [
      change("delivery", { id: "r" }),
      [keys.receivers.list, keys.receivers.deliveries("r", null)],
      [keys.receivers.deliveries("s", null)],
    ],
    [change("registry"), [keys.registries], [keys.polls]],
    [change("promotion-set", here), [keys.promotionSets.one("s")], [operationsList]],
    [change("application-group"), [keys.applicationGroups], [keys.promotionSets.all]],
    [
      change("expected-difference", here),
      [keys.applications.expectedDifferences("shop"), keys.applications.comparison("shop", {})],
      [keys.applications.expectedDifferences("blog")],
    ],
    [change("git-repository"), [keys.gitRepositories], [keys.declaredKinds]],
    [change("declared-kind"), [keys.declaredKinds], [keys.gitRepositories]],
    [change("poll"), [keys.polls], [keys.registries]],
    [change("channel"), [keys.channels.list, keys.notificationRoutes], [keys.channels.notifications("c", null)]],
    [
      change("notification", { id: "c" }),
      [keys.channels.list, keys.channels.notifications("c", null)],
      [keys.channels.notifications("d", null)],
    ],
    [change("person"), [keys.people.list], [keys.sessions]],
    [change("session"), [keys.sessions, keys.people.sessions("ann")], [keys.people.list]],
    [change("token"), [keys.tokens, keys.myTokens, keys.serviceAccounts.tokens("bot")], [keys.serviceAccounts.list]],
    [change("service-account"), [keys.serviceAccounts.list], [keys.tokens]],
    [change("trust"), [keys.trusts], [keys.tokens]],
    [change("binding"), [keys.bindings.list], [keys.people.list]],
  ])("of $topic", (told, read, left) => {
    expect(read.filter((key) => !reads(told, key))).toEqual([]);
    expect(left.filter((key) => reads(told, key))).toEqual([]);
  });

  it("are all among those that a gap has read anew", () => {
    const topics = ["overview", "application", "environment", "cluster", "operation", "release", "image", "proposal"];
    const gates = ["approval-policy", "hold", "stop", "freeze"];
    const reports = [
      "progress",
      "drift",
      "timeline",
      "receiver",
      "delivery",
      "registry",
      "poll",
      "channel",
      "notification",
    ];
    const people = ["person", "session", "token", "service-account", "trust", "binding"];
    const all = [...topics, ...gates, ...reports, ...people] as StreamedChange["topic"][];
    const named = all.flatMap((topic) => concerned(change(topic, { ...here, id: "1" })));
    expect(named.filter((key) => !covered.some((each) => begins(key, each)))).toEqual([]);
  });

  it("are all of them for a topic that this console does not know", () => {
    expect(concerned(change("of-the-next-release" as StreamedChange["topic"]))).toEqual(covered);
  });

  it("leave alone what a wizard has read for its plan", () => {
    const wizard = [keys.plan("w", 1), keys.applications.resources("shop", "Staging", null)];
    expect(wizard.filter((key) => covered.some((each) => begins(key, each)))).toEqual([]);
  });
});

describe("reading anew", () => {
  /** A query that is shown; its readings end when the test says so. */
  const shown = (settle?: number) => {
    const queryClient = new QueryClient();
    const waiting: (() => void)[] = [];
    let begun = 0;
    const observer = new QueryObserver(queryClient, {
      queryKey: keys.stops,
      queryFn: () => {
        begun += 1;
        return new Promise<number>((resolve) => waiting.push(() => resolve(begun)));
      },
    });
    const leave = observer.subscribe(() => undefined);
    const moment = () => new Promise((resume) => setTimeout(resume, 20));
    const finish = async () => {
      waiting.shift()?.();
      await moment();
    };
    return { refresh: createRefresher(queryClient, 1, settle), begun: () => begun, finish, moment, leave };
  };

  it("follows a reading under way with another, and breaks none off", async () => {
    const { refresh, begun, finish, moment, leave } = shown();
    refresh([keys.stops]);
    refresh([keys.stops]);
    await moment();
    expect(begun()).toBe(1);
    await finish();
    expect(begun()).toBe(2);
    await finish();
    expect(begun()).toBe(2);
    leave();
  });

  it("reads once for changes that come together", async () => {
    const { refresh, begun, finish, moment, leave } = shown();
    await finish();
    refresh([keys.stops, keys.stops]);
    await moment();
    await finish();
    expect(begun()).toBe(2);
    leave();
  });

  it("reads once more after the last change, for the replica that answered may be a moment behind", async () => {
    const { refresh, begun, finish, moment, leave } = shown(1);
    await finish();
    refresh([keys.stops]);
    await moment();
    await finish();
    expect(begun()).toBe(3);
    await finish();
    expect(begun()).toBe(3);
    leave();
  });

  it("reads at once what changes while it waits for that", async () => {
    const { refresh, begun, finish, moment, leave } = shown(60_000);
    await finish();
    refresh([keys.stops]);
    await moment();
    await finish();
    expect(begun()).toBe(2);
    refresh([keys.stops]);
    await moment();
    expect(begun()).toBe(3);
    leave();
  });
});
