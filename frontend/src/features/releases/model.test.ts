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

it("summarises a release by its tag if all containers share it", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("api", "1.4.2")])).toBe("1.4.2"));
it("names the containers if their tags differ", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("api", "2.0.1")])).toBe("web 1.4.2, api 2.0.1"));
it("ignores init containers", () =>
  expect(releaseVersions([image("web", "1.4.2"), image("migrate", "9", true)])).toBe("1.4.2"));
it("shortens a long list", () =>
  expect(releaseVersions(["a", "b", "c", "d", "e"].map((name, index) => image(name, String(index))))).toBe(
    "a 0, b 1, c 2 and 2 more",
  ));

describe("the headline of a release", () => {
  const release = (number: number, ...images: ReturnType<typeof image>[]) => ({
    number,
    operation_id: null,
    kind: "promotion" as const,
    actor: "ada",
    clusters: ["eu"],
    images,
    created_at: "2026-11-23T12:00:00Z",
  });
  it("names the containers that differ from the previous release", () =>
    expect(
      releaseHeadline(
        release(2, image("web", "1.5.0"), image("api", "2")),
        release(1, image("web", "1.4.0"), image("api", "2")),
      ),
    ).toBe("web 1.5.0"));
  it("names all containers of the first release", () =>
    expect(releaseHeadline(release(1, image("web", "1"), image("api", "2")), undefined)).toBe("web 1, api 2"));
});
