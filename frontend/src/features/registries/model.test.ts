import { expect, it } from "vitest";
import type { RegistryCheck } from "@/api/contract";
import { checkSentences, intervalWords, splitRepository } from "./model";

const checked: RegistryCheck = {
  host: "registry.example",
  repository: null,
  tag: null,
  well: true,
  code: null,
  detail: null,
  tags: null,
  digest: null,
  media_type: null,
  platforms: [],
  built_at: null,
};

it("a check shows the registry's response", () => {
  expect(checkSentences(checked)).toEqual(["registry.example is reachable."]);
  expect(checkSentences({ ...checked, repository: "shop/web", tags: 3 })).toEqual([
    "shop/web is reachable and has 3 tags.",
  ]);
  expect(
    checkSentences({ ...checked, repository: "shop/web", tag: "1", digest: "sha256:a", platforms: ["linux/arm64"] }),
  ).toEqual(["shop/web:1 is sha256:a.", "Platforms: linux/arm64."]);
  expect(checkSentences({ ...checked, well: false, detail: "It refuses the credential." })).toEqual([
    "It refuses the credential.",
  ]);
});

it("a repository name begins with its registry", () => {
  expect(splitRepository("localhost:5000/shop/web")).toEqual({ host: "localhost:5000", path: "shop/web" });
  expect(splitRepository("shop/web")).toBeNull();
  expect(splitRepository("registry.example/")).toBeNull();
});

it("an interval is shown as text, even if the console does not offer it", () => {
  expect([intervalWords(300), intervalWords(90)]).toEqual(["every 5 minutes", "every 90 seconds"]);
});
