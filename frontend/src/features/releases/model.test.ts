import { describe, expect, it } from "vitest";
import { makeImage, makeRelease, makeResource } from "@/test/factories";
import { failedWithoutRelease, releaseHeadline, releaseVersions } from "./model";

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
  const release = (number: number, ...images: ReturnType<typeof image>[]) => makeRelease({ number, images });
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

describe("an operation that made no release", () => {
  const failed = { id: "op-2", kind: "promotion" as const, state: "failed" as const };
  it("is the last one, if it changed images and did not succeed", () =>
    expect(failedWithoutRelease(failed, [makeRelease({ operation_id: "op-1" })])).toEqual(failed));
  it("is none that is a release on some clusters, that succeeded, or that copied resources", () => {
    expect(failedWithoutRelease(failed, [makeRelease({ operation_id: "op-2" })])).toBeNull();
    expect(failedWithoutRelease({ ...failed, state: "succeeded" }, [])).toBeNull();
    expect(failedWithoutRelease({ ...failed, kind: "import" }, [])).toBeNull();
    expect(failedWithoutRelease(null, [])).toBeNull();
  });
});
