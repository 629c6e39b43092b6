import { describe, expect, it } from "vitest";
import { broughtWords, missingHint, missingNames, missingWords } from "./missing-keys";

const objects = [
  { kind: "ConfigMap", name: "settings", keys: ["MODE", "URL"] },
  { kind: "Secret", name: "keys", keys: [] },
];
const missing = { source: "Staging", count: 3, whole_objects: 1, objects };

describe("keys that an environment lacks", () => {
  it("are counted apart from whole objects", () =>
    expect(
      [[], ["ConfigMap/a:x", "ConfigMap/a:y"], ["Secret/a"], ["ConfigMap/a:x", "Secret/a"]].map(broughtWords),
    ).toEqual(["0 keys", "2 keys", "1 object", "1 key and 1 object"]));
  it("are counted in words", () =>
    expect([missing, { ...missing, count: 1 }, { ...missing, count: 3, whole_objects: 0 }].map(missingWords)).toEqual([
      "2 keys and 1 object missing",
      "1 object missing",
      "3 keys missing",
    ]));
  it("are named object by object, with the environment that has them", () =>
    expect(missingHint(missing)).toBe("Staging has ConfigMap settings: MODE and URL; Secret keys"));
  it("are counted where not all of them are named", () =>
    expect(missingHint({ ...missing, count: 12 })).toBe(
      "Staging has ConfigMap settings: MODE and URL; Secret keys; 9 more",
    ));
  it("have the names by which an import brings them", () =>
    expect(missingNames(missing)).toEqual(["ConfigMap/settings:MODE", "ConfigMap/settings:URL", "Secret/keys"]));
});
