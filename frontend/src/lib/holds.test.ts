import { describe, expect, it } from "vitest";
import { makeHold, makeStop } from "@/test/gate-factories";
import { holdsOf, stopSentence } from "./holds";

describe("the holds of a place", () => {
  const ofShop = makeHold({ id: "1" });
  const ofBlog = makeHold({ id: "2", application: "blog" });
  const ofAll = makeHold({ id: "3", application: null });
  const elsewhere = makeHold({ id: "4", environment: "Staging" });
  const holds = [ofShop, ofBlog, ofAll, elsewhere];

  it("are the application's and the environment's", () =>
    expect(holdsOf(holds, "Production", "shop")).toEqual([ofShop, ofAll]));
  it("are the environment's alone without an application", () =>
    expect(holdsOf(holds, "Production", null)).toEqual([ofAll]));
});

describe("the sentence of a stop", () => {
  it("names what is stopped", () => {
    expect(stopSentence(makeStop())).toBe("Nothing is written to environment Production");
    expect(stopSentence(makeStop({ environment: null, cluster: "eu" }))).toBe("Nothing is written to cluster eu");
    expect(stopSentence(makeStop({ environment: null }))).toBe("Nothing is written to any cluster");
  });
});
