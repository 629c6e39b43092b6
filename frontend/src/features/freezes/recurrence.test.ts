import { describe, expect, it } from "vitest";
import { choicesOf, monthChoices, once, recurrenceInWords, ruleFor } from "./recurrence";

const zone = "Europe/Berlin";

describe("the rule for the choices", () => {
  it("is none for once", () => expect(ruleFor(once, zone)).toBeNull());
  it("repeats by day, week, month and year", () => {
    expect(ruleFor({ ...once, repeat: "daily" }, zone)).toBe("FREQ=DAILY");
    expect(ruleFor({ ...once, repeat: "weekly", days: ["FR", "MO"] }, zone)).toBe("FREQ=WEEKLY;BYDAY=MO,FR");
    expect(ruleFor({ ...once, repeat: "monthly", monthDay: "-1FR" }, zone)).toBe("FREQ=MONTHLY;BYDAY=-1FR");
    expect(ruleFor({ ...once, repeat: "yearly", every: 2 }, zone)).toBe("FREQ=YEARLY;INTERVAL=2");
  });
  it("ends with the last day of the freeze's zone, in UTC", () =>
    expect(ruleFor({ ...once, repeat: "daily", until: "2026-12-31" }, zone)).toBe("FREQ=DAILY;UNTIL=20261231T225900Z"));
  it("leaves a rule of one's own as it is", () =>
    expect(ruleFor({ ...once, repeat: "custom", rule: " FREQ=MONTHLY;BYMONTHDAY=-1 " }, zone)).toBe(
      "FREQ=MONTHLY;BYMONTHDAY=-1",
    ));
});

describe("the choices of a rule", () => {
  it("write the same rule again", () => {
    const rules = [
      "FREQ=DAILY",
      "FREQ=WEEKLY",
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
      "FREQ=MONTHLY;BYDAY=2TU",
      "FREQ=YEARLY;UNTIL=20301231T225900Z",
    ];
    for (const rule of rules) {
      const chosen = choicesOf(rule, zone);
      expect(chosen.repeat).not.toBe("custom");
      expect(ruleFor(chosen, zone)).toBe(rule);
    }
  });
  it("do not know every rule", () => {
    const rules = [
      "FREQ=MONTHLY;BYMONTHDAY=-1",
      "FREQ=DAILY;COUNT=3",
      "FREQ=YEARLY;BYDAY=MO",
      "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
      "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    ];
    for (const rule of rules) expect(choicesOf(rule, zone)).toEqual({ ...once, repeat: "custom", rule });
  });
});

describe("the days of a month that a monthly rule may name", () => {
  it("are the number and the weekday", () =>
    expect(monthChoices("2026-12-08T09:00").map(({ label }) => label)).toEqual(["on day 8", "on the second Tuesday"]));
  it("are the last weekday as well, where it is the last", () =>
    expect(monthChoices("2026-11-27T15:00")).toEqual([
      { value: "", label: "on day 27" },
      { value: "4FR", label: "on the fourth Friday" },
      { value: "-1FR", label: "on the last Friday" },
    ]));
});

describe("a rule in words", () => {
  it("is plain where the choices know it", () => {
    expect(recurrenceInWords(null, zone)).toBe("once");
    expect(recurrenceInWords("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", zone)).toBe("every 2 weeks on Monday and Friday");
    expect(recurrenceInWords("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261231T225900Z", zone)).toBe(
      "every month on the last Friday, until 2026-12-31",
    );
  });
  it("is the rule itself where they do not", () =>
    expect(recurrenceInWords("FREQ=DAILY;COUNT=3", zone)).toBe("FREQ=DAILY;COUNT=3"));
});
