import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeMe } from "@/test/factories";
import { at } from "@/test/handlers";
import { makeSession } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { AccountMenu } from "./account-menu";
import { NoRightsPage } from "./no-rights-page";
import { ReplaceSessionPage } from "./replace-session-page";
import { SessionsPage } from "./sessions-page";

it("lists sessions and ends one after asking", async () => {
  const ended: string[] = [];
  server.use(
    http.get(at("/session/sessions"), () =>
      HttpResponse.json({ items: [makeSession({ present: true }), makeSession({ id: "s2", user_agent: null })] }),
    ),
    http.delete(at("/session/sessions/:id"), ({ params }) => {
      ended.push(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = render(<SessionsPage />);
  const present = await screen.findByRole("row", { name: /Firefox on Linux/ });
  expect(within(present).getByText("This one")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "End the session of Unknown browser" }));
  expect(ended).toEqual([]);
  await user.click(await screen.findByRole("button", { name: "End session" }));
  await vi.waitFor(() => expect(ended).toEqual(["s2"]));
});

it("signs out at the provider after signing out here", async () => {
  server.use(
    http.post(at("/session/sign-out"), () => HttpResponse.json({ provider_url: "https://login.example/logout" })),
  );
  const onSignedOut = vi.fn();
  const { user } = render(<AccountMenu me={makeMe()} onSignedOut={onSignedOut} />);
  await user.click(screen.getByRole("button", { name: /Account: ada/ }));
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  await vi.waitFor(() => expect(onSignedOut).toHaveBeenCalledWith("https://login.example/logout"));
});

it("tells who has no role yet whom to ask, and which groups are known", async () => {
  const onAgain = vi.fn();
  const me = makeMe({ name: "Ada", role: null, bound: false, provider: "corp", groups: ["shop", "ops"] });
  const { user } = render(<NoRightsPage me={me} onAgain={onAgain} />);
  expect(screen.getByText(/Ask an administrator of this Stagecoach/)).toBeVisible();
  expect(screen.getByText("shop, ops")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Look again" }));
  expect(onAgain).toHaveBeenCalled();
});

it("asks before a link replaces a present session", async () => {
  const onUse = vi.fn();
  const onKeep = vi.fn();
  const { user } = render(<ReplaceSessionPage me={makeMe({ name: "Ada" })} onUse={onUse} onKeep={onKeep} />);
  await user.click(screen.getByRole("button", { name: "Stay signed in as Ada" }));
  await user.click(screen.getByRole("button", { name: "Use the link" }));
  expect([onKeep.mock.calls.length, onUse.mock.calls.length]).toEqual([1, 1]);
});
