import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ApprovalPolicy } from "@/api/contract";
import { makeRegisteredEnvironment } from "@/test/environment-factories";
import { at, holding, problem } from "@/test/handlers";
import { makePerson } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { draftOf, policyOf, policyWords } from "./approvals";
import { EnvironmentsPage } from "./environments-page";

const policy: ApprovalPolicy = {
  needed: 2,
  groups: ["sso:operations"],
  kinds: ["promotion", "deploy", "import", "configure"],
  expires_after_hours: 24,
};

/** The page of one environment; collects what is sent about its policy. */
function showing(present: ApprovalPolicy | null) {
  const sent: unknown[] = [];
  const policies = present ? [{ ...present, environment: "Production" }] : [];
  server.use(
    http.get(at("/environments"), () => HttpResponse.json({ items: [makeRegisteredEnvironment()] })),
    http.get(at("/approval-policies"), () => HttpResponse.json({ items: policies })),
    http.get(at("/holds"), () => HttpResponse.json({ items: [] })),
    http.get(at("/people"), () => HttpResponse.json({ items: [makePerson()], next_cursor: null })),
    http.put(at("/environments/Production/approval-policy"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(policy);
    }),
    http.delete(at("/environments/Production/approval-policy"), () => {
      sent.push("removed");
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return { sent, ...render(<EnvironmentsPage clusters={["prod-1"]} />) };
}

async function opened(present: ApprovalPolicy | null) {
  const shown = showing(present);
  const button = await screen.findByRole("button", { name: "Approvals in Production" });
  await vi.waitFor(() => expect(button).not.toHaveAttribute("aria-disabled"));
  await shown.user.click(button);
  return { ...shown, dialog: within(await screen.findByRole("dialog", { name: "Approvals in Production" })) };
}

describe("the words of a policy", () => {
  it("tell how many approve, who is among them, and for what", () => {
    const said: [Partial<ApprovalPolicy>, string][] = [
      [{}, "2 approvals, one of sso:operations"],
      [{ needed: 1, groups: [] }, "1 approval"],
      [{ groups: ["sso:a", "sso:b"] }, "2 approvals, one of sso:a and sso:b each"],
      [{ groups: [], kinds: ["deploy", "promotion"] }, "2 approvals for promotions and deployments"],
    ];
    for (const [changes, words] of said) expect(policyWords({ ...policy, ...changes })).toBe(words);
  });
});

describe("the form of a policy", () => {
  it("begins with what is in force, and with all kinds of changes where nothing is", () => {
    expect(policyOf(draftOf(policy))).toEqual(policy);
    expect(policyOf(draftOf(null))).toEqual({ ...policy, needed: 1, groups: [] });
  });

  it("says what it lacks", () => {
    const lacking: [Partial<ReturnType<typeof draftOf>>, RegExp][] = [
      [{ needed: "" }, /1 to 20/],
      [{ needed: 21 }, /1 to 20/],
      [{ groups: ["operations"] }, /operations as provider:group/],
      [{ kinds: [] }, /at least one kind/],
      [{ hours: 0 }, /1 to 720/],
    ];
    for (const [changes, sentence] of lacking) expect(policyOf({ ...draftOf(policy), ...changes })).toMatch(sentence);
  });
});

describe("the approvals of an environment", () => {
  it("stand beside its name", async () => {
    showing(policy);
    expect(await screen.findByText("takes 2 approvals, one of sso:operations")).toBeInTheDocument();
  });

  it("are asked for by an administrator, with the number, the groups and the kinds", async () => {
    const { user, dialog, sent } = await opened(null);
    await user.clear(dialog.getByLabelText(/^Approvals/));
    await user.type(dialog.getByLabelText(/^Approvals/), "3");
    await user.type(dialog.getByRole("combobox", { name: /^Groups/ }), "sso:operations{Enter}");
    await user.click(dialog.getByRole("checkbox", { name: "Imports" }));
    await user.click(dialog.getByRole("button", { name: "Take approvals" }));
    await vi.waitFor(() =>
      expect(sent).toEqual([
        { needed: 3, groups: ["sso:operations"], kinds: ["promotion", "deploy", "configure"], expires_after_hours: 24 },
      ]),
    );
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it("stay as they are where the service refuses the change, with the reason", async () => {
    const { user, dialog } = await opened(policy);
    server.use(http.put(at("/environments/Production/approval-policy"), () => problem(403, "forbidden")));
    await user.click(dialog.getByRole("button", { name: "Save" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });

  it("are removed after a question", async () => {
    const { user, dialog, sent } = await opened(policy);
    await user.click(dialog.getByRole("button", { name: "Take no approvals" }));
    const question = await screen.findByRole("dialog", { name: "Take no approvals in Production?" });
    expect(question).toHaveTextContent("2 approvals, one of sso:operations");
    expect(sent).toEqual([]);
    await user.click(within(question).getByRole("button", { name: "Take no approvals" }));
    await vi.waitFor(() => expect(sent).toEqual(["removed"]));
  });

  it("are changed by administrators alone", async () => {
    server.use(holding("maintainer"));
    showing(policy);
    await screen.findByText("takes 2 approvals, one of sso:operations");
    expect(screen.queryByRole("button", { name: "Approvals in Production" })).not.toBeInTheDocument();
  });
});
