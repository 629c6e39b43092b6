import { describe, expect, it } from "vitest";
import { makeImage, makeResource } from "@/test/factories";
import { releaseHeadline, releaseVersions } from "./model";

const image = (container: string, tag: string, init = false) => ({
  workload: makeResource("Deployment", container),
  container,
  cluster: null,
  init,
  image: makeImage(tag),
});

it("names a release by its tag where all containers share it", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("api", "1.4.2")])).toBe("1.4.2"));
it("names containers where their tags differ", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("api", "2.0.1")])).toBe("web 1.4.2, api 2.0.1"));
it("leaves init containers out of the name", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("migrate", "9", true)])).toBe("1.4.2"));
it("cuts a long list short and says so", () =>
  expect(releaseVersions(["a", "b", "c", "d", "e"].map((name, index) => image(name, String(index))))).toBe(
    "a 0, b 1, c 2 and 2 more",
  ));

describe("what a release brought", () => {
  const release = (number: number, ...images: ReturnType<typeof image>[]) => ({
    number,
    operation_id: null,
    kind: "promotion" as const,
    actor: "ada",
    clusters: ["eu"],
    images,
    created_at: "2026-11-23T12:00:00Z",
  });
  it("is what differs from the release before", () =>
    expect(
      releaseHeadline(
        release(2, image("web", "1.5.0"), image("api", "2")),
        release(1, image("web", "1.4.0"), image("api", "2")),
      ),
    ).toBe("web 1.5.0"));
  it("is all of it for the first one", () =>
    expect(releaseHeadline(release(1, image("web", "1"), image("api", "2")), undefined)).toBe("web 1, api 2"));
});
