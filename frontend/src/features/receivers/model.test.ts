import { describe, expect, it } from "vitest";
import { makeProvider, makeReceiver } from "@/test/push-factories";
import {
  dayOf,
  draftOf,
  missingSettings,
  parseHeaders,
  parseQuery,
  settingsOf,
  stepParts,
  stepsInFull,
  stepsWithoutSecret,
} from "./model";

describe("settings", () => {
  it("contain the non-empty fields that the provider uses", () => {
    const draft = { registry: " registry.example ", header: " ", username: "ada", signed: true };
    expect(settingsOf(draft, ["registry", "header", "signed"])).toEqual({ registry: "registry.example", signed: true });
  });
  it("read one topic or repository per line", () => {
    const draft = { topics: "arn:1\n\n arn:2 ", repositories: "local = registry.example/local\nother" };
    expect(settingsOf(draft, ["topics", "repositories"])).toEqual({
      topics: ["arn:1", "arn:2"],
      repositories: { local: "registry.example/local", other: "" },
    });
  });
  it("survive loading into the form and back", () => {
    const settings = {
      ...makeReceiver().settings,
      registry: "registry.example",
      repositories: { local: "registry.example/local" },
      topics: ["arn:1"],
    };
    expect(settingsOf(draftOf(settings), ["registry", "repositories", "topics", "signed", "header"])).toEqual({
      registry: "registry.example",
      repositories: { local: "registry.example/local" },
      topics: ["arn:1"],
    });
  });
  it("of which one is enough are missing until one is set", () => {
    const provider = makeProvider({ settings: ["registry", "repositories"], needs: [["registry", "repositories"]] });
    expect(missingSettings(provider, {})).toEqual([["Registry host", "Repositories"]]);
    expect(missingSettings(provider, { registry: "registry.example" })).toEqual([]);
  });
});

describe("set-up steps", () => {
  it("are split into text and indented code", () =>
    expect(stepParts("In the job:\n    curl \\\n      --fail\nThen look.")).toEqual([
      { text: "In the job:", code: false, copied: null },
      { text: "curl \\\n  --fail", code: true, copied: "curl \\\n  --fail" },
      { text: "Then look.", code: false, copied: null },
    ]));
  it("of a field offer its value for copying", () =>
    expect(stepParts("Auth header: Bearer s").map(({ copied }) => copied)).toEqual(["Bearer s"]));
  it("get an absolute address if the service returns a path", () => {
    const issued = {
      ...makeReceiver(),
      secret: "s",
      full_address: "/webhooks/abc?key=s",
      setup: ["Webhook URL: /webhooks/abc?key=s"],
    };
    expect(stepsInFull(issued, "https://stagecoach.example")).toEqual([
      "Webhook URL: https://stagecoach.example/webhooks/abc?key=s",
    ]);
  });
  it("contain a placeholder for the secret", () => {
    const provider = makeProvider({ secret_in_address: true, setup: ["URL: {address}"] });
    expect(stepsWithoutSecret(provider, "https://s/webhooks/abc")).toEqual(["URL: https://s/webhooks/abc?key=SECRET"]);
  });
});

it("the deliveries of a day are counted by status, without statuses that did not occur", () =>
  expect(dayOf(makeReceiver({ deliveries_24h: { rejected: 2, accepted: 5, ignored: 0 } }))).toEqual([
    { fate: "accepted", amount: 5 },
    { fate: "rejected", amount: 2 },
  ]));

it("headers are read one per line", () => {
  expect(parseHeaders("Authorization: Bearer a:b\n\nX-Event: push")).toEqual({
    Authorization: "Bearer a:b",
    "X-Event": "push",
  });
  expect(parseHeaders("Authorization")).toBeNull();
});

it("a query is read with or without its address", () => {
  expect(parseQuery("https://stagecoach.example/webhooks/abc?key=a%20b&more=1")).toEqual({ key: "a b", more: "1" });
  expect(parseQuery(" key=abc ")).toEqual({ key: "abc" });
  expect(parseQuery(" ")).toEqual({});
  expect(parseQuery("https://stagecoach.example/webhooks/abc")).toBeNull();
});
