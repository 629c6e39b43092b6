import { describe, expect, it } from "vitest";
import { makeChannel } from "@/test/notification-factories";
import { addressesIn, channelStatus, destinationOf, draftOf, missingFields, namesOr, settingsOf } from "./model";

describe("the form of a channel", () => {
  it("asks a new one for what its kind needs, and an existing one for no secret again", () => {
    expect(missingFields("slack", {}, true)).toEqual(["Bot token", "Channel ID"]);
    expect(missingFields("slack", draftOf(makeChannel()), false)).toEqual([]);
    expect(missingFields("email", { host: "smtp", port: "587", sender: "a@b.example" }, true)).toEqual(["Recipients"]);
  });

  it("sends numbers, lists and the encryption, and leaves out what was not filled in", () => {
    const draft = { host: "smtp.example", port: "587", username: "", password: "", sender: "a@b.example" };
    expect(settingsOf("email", { ...draft, recipients: "c@d.example, e@f.example" }, true)).toEqual({
      host: "smtp.example",
      port: 587,
      sender: "a@b.example",
      recipients: ["c@d.example", "e@f.example"],
      security: "starttls",
    });
  });

  it("removes the account of an existing one by an empty user name", () => {
    expect(settingsOf("email", { username: " " }, false)).toMatchObject({ username: "" });
    expect(settingsOf("email", { password: "" }, false)).not.toHaveProperty("password");
  });

  it("reads addresses however they are separated", () => {
    expect(addressesIn("a@b.example; c@d.example\n e@f.example,")).toEqual([
      "a@b.example",
      "c@d.example",
      "e@f.example",
    ]);
  });
});

describe("what is shown of a channel", () => {
  it("says where it leads", () => {
    expect(destinationOf(makeChannel())).toBe("C0123ABCD");
    const settings = { ...makeChannel().settings, conversation: null, destination: "https://hooks.example" };
    expect(destinationOf(makeChannel({ kind: "teams", settings }))).toBe("https://hooks.example");
  });

  it("puts being disabled before what was not sent", () => {
    const notifications = { waiting: 0, sent: 1, replaced: 0, dead: 2 };
    expect(channelStatus(makeChannel()).label).toBe("Enabled");
    expect(channelStatus(makeChannel({ notifications })).label).toBe("2 not sent");
    const disabled = makeChannel({ notifications, disabled_at: "2026-12-01T17:30:00Z", disabled_because: "410" });
    expect(channelStatus(disabled).label).toBe("Disabled");
  });

  it("tells a list that named what was deleted from one that means all", () => {
    expect([namesOr(null, "all"), namesOr([], "all"), namesOr(["a", "b"], "all")]).toEqual([
      "all",
      "none any more",
      "a, b",
    ]);
  });
});
