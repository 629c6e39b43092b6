import { describe, expect, it } from "vitest";
import type { ClusterOwners, ImageDeliveries } from "@/api/contract";
import { makeOwned } from "@/test/factories";
import { deliveryWords, givenBack, ownerGroups, ownerTitle, takenFrom, unread, whatHappens } from "./model";

const on = (cluster: string, ...workloads: ClusterOwners["workloads"]): ClusterOwners => ({
  cluster,
  failure: null,
  workloads,
});
const failed = (cluster: string): ClusterOwners => ({
  cluster,
  failure: { code: "cluster-unreachable", detail: "It did not answer." },
  workloads: [],
});

const helm = { owner: "the Helm release shop in namespace shop", applied_by: ["helm"] };
const unset: ImageDeliveries = { owned: "refuse", workloads: [], set_by: null, set_at: null };
const groupsOf = (...clusters: ClusterOwners[]) => ownerGroups(clusters, unset);
const [released] = groupsOf(on("eu", makeOwned("web", helm)));
const [applied] = groupsOf(on("eu", makeOwned("web", { applied_by: ["ci"] })));
const [shared] = groupsOf(on("eu", makeOwned("web", { applied_by: ["ci", "kubectl"] })));
const [free] = groupsOf(on("eu", makeOwned("web")));

describe("the groups of owners", () => {
  it("hold each workload once, with its clusters only where it is not the same on all that were read", () =>
    expect(
      groupsOf(
        on("eu", makeOwned("web", helm), makeOwned("api", helm)),
        on("us", makeOwned("web", helm), makeOwned("api")),
        failed("asia"),
      ).map(({ workloads }) => workloads.map(({ name, clusters }) => ({ name, clusters }))),
    ).toEqual([
      [
        { name: "Deployment/web", clusters: [] },
        { name: "Deployment/api", clusters: ["eu"] },
      ],
      [{ name: "Deployment/api", clusters: ["us"] }],
    ]));
  it("begin with delivery tools and end with workloads of nobody known", () =>
    expect(
      groupsOf(on("eu", makeOwned("a"), makeOwned("b", { applied_by: ["ci", "kubectl"] }), makeOwned("c", helm))).map(
        ownerTitle,
      ),
    ).toEqual(["The Helm release shop in namespace shop", "Field managers ci and kubectl", "No known owner"]));
  it("are apart where a delivery was set for some alone, whichever version of their kind was named", () => {
    const file = {
      repository: "config",
      branch: "main",
      path: "web.yaml",
      form: "manifest" as const,
      values: [],
      paths: {},
    };
    const own = {
      workload: { api_version: "apps/v1beta1", kind: "Deployment", name: "web" },
      delivery: "git" as const,
      file,
    };
    const groups = ownerGroups([on("eu", makeOwned("web", { ...helm, delivery: "git" }), makeOwned("api", helm))], {
      ...unset,
      workloads: [own],
    });
    expect(groups.map(deliveryWords)).toEqual([
      "Git commit: web.yaml on main of config, set for these alone. ",
      "Refuse. ",
    ]);
  });
});

describe("what happens to the images of an owner", () => {
  it("depends on the delivery if a tool brings its own image back", () => {
    expect(whatHappens(released!)).toMatch(/only with a consent/);
    expect(whatHappens({ ...released!, delivery: "as-owner" })).toMatch(/in the owner's name/);
    expect(whatHappens({ ...released!, delivery: "helm" })).toMatch(/upgrades their Helm release/);
    expect(whatHappens({ ...released!, delivery: "direct" })).toMatch(
      /where somebody else has an image, the plan is blocked/,
    );
  });
  it("is nothing if the delivery of a workload of nobody is refused", () =>
    expect(whatHappens({ ...free!, delivery: "refuse" })).toMatch(/does not change their images/));
  it("needs no consent if a person or a pipeline applies them", () =>
    expect(whatHappens(applied!)).toMatch(/^If ci applies an image, Stagecoach applies the new one in its name/));
  it("says that an image which several apply is not changed", () =>
    expect(whatHappens(shared!)).toMatch(/no image that several of them apply/));
  it("is a write in the name of Stagecoach if nobody is known", () =>
    expect(whatHappens(free!)).toBe("Stagecoach changes their images in its own name."));
});

it("workloads with taken fields name every cluster on which they were taken", () =>
  expect(
    takenFrom([
      on("eu", makeOwned("web", { ...helm, taken: true }), makeOwned("api", helm)),
      on("us", makeOwned("web", { ...helm, taken: true })),
    ]),
  ).toMatchObject([{ name: "Deployment/web", clusters: ["eu", "us"] }]));

it("clusters that could not be read are named with the reason", () =>
  expect(unread([on("eu"), failed("asia")])).toEqual([{ where: "asia", detail: "It did not answer." }]));

it("a repair names what was given back, and what was not, on which cluster", () => {
  const { workload } = makeOwned("web");
  const failure = { code: "cluster-access-denied", detail: "The credential may not patch it." };
  expect(
    givenBack([
      { cluster: "eu", failure: null, workloads: [{ workload, failure: null }] },
      { cluster: "us", failure: null, workloads: [{ workload, failure }] },
      { cluster: "asia", failure: { code: "cluster-unreachable", detail: "It did not answer." }, workloads: [] },
    ]),
  ).toMatchObject({
    workloads: [{ name: "Deployment/web", clusters: ["eu"] }],
    failed: [
      { where: "asia", detail: "It did not answer." },
      { where: "Deployment/web on us", detail: "The credential may not patch it." },
    ],
  });
});
