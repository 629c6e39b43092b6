import { describe, expect, it } from "vitest";
import { makeGate, makeHold, makeStop } from "@/test/gate-factories";
import { blockedByGates, gateSentence, holdsOf, inTheWay, stopSentence } from "./gates";

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

describe("the sentence of a gate", () => {
  it("ends where who opens it begins, however its reason ends", () => {
    const opened = { until: null, opened_by: "Ada can." };
    for (const reason of ["Orders are slow", "Orders are slow."]) {
      const gate = makeGate({ kind: "hold", reason, ...opened });
      expect(gateSentence(gate)).toBe("A hold is in the way: Orders are slow. Ada can.");
    }
  });
});

describe("the gates in the way", () => {
  const freeze = makeGate();
  const stop = makeGate({ kind: "stop", until: null });

  it("are all, for what has no reason", () => {
    expect(inTheWay([freeze, stop], undefined)).toEqual([freeze, stop]);
    expect(inTheWay([freeze, stop], "  ")).toEqual([freeze, stop]);
  });
  it("are no freezes for a roll-back with a reason", () =>
    expect(inTheWay([freeze, stop], "1.5.0 loses orders")).toEqual([stop]));
  it("are named at the button, the stop first", () => {
    expect(blockedByGates([])).toBeNull();
    expect(blockedByGates([freeze, stop])).toBe("An emergency stop is in force.");
    expect(blockedByGates([freeze])).toBe("A freeze is in the way.");
  });
});
