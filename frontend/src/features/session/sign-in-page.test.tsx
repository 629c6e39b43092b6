import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeMe } from "@/test/factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { SignInPage } from "./sign-in-page";

it("exchanges a token for a session and does not store it", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(at("/session"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeMe(), { status: 201 });
    }),
  );
  const onSignedIn = vi.fn();
  const { user } = render(<SignInPage linkProblem={null} onSignedIn={onSignedIn} />);
  await user.type(screen.getByLabelText(/Access token/), " stg_abc ");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalled());
  expect([sent, JSON.stringify({ ...localStorage })]).toEqual([[{ token: "stg_abc" }], "{}"]);
});

it("shows why a token was refused", async () => {
  server.use(http.post(at("/session"), () => problem(401, "unauthenticated")));
  const { user } = render(<SignInPage linkProblem={null} onSignedIn={vi.fn()} />);
  await user.type(screen.getByLabelText(/Access token/), "stg_wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Detail of unauthenticated.");
});

it("leads to each provider, with the page to return to", async () => {
  server.use(
    http.get(at("/session/providers"), () =>
      HttpResponse.json({
        items: [
          { name: "corp", display_name: "Corp", url: "https://s.example/api/v1/session/oidc/corp", problem: null },
          {
            name: "old",
            display_name: "Old",
            url: "https://s.example/api/v1/session/oidc/old",
            problem: "Set the issuer.",
          },
        ],
      }),
    ),
  );
  render(<SignInPage linkProblem={null} returnTo="/operations" onSignedIn={vi.fn()} />);
  expect(await screen.findByRole("link", { name: "Sign in with Corp" })).toHaveAttribute(
    "href",
    "https://s.example/api/v1/session/oidc/corp?return_to=%2Foperations",
  );
  expect(screen.queryByRole("link", { name: "Sign in with Old" })).not.toBeInTheDocument();
  expect(screen.getByText("Set the issuer.")).toBeVisible();
});

it("says in a sentence what went wrong at a provider", async () => {
  server.use(
    http.get(at("/session/oidc/corp/problems/denied"), () =>
      HttpResponse.json({ problem: "denied", detail: "Corp refused the sign-in." }),
    ),
  );
  render(<SignInPage linkProblem={null} failed={{ provider: "corp", problem: "denied" }} onSignedIn={vi.fn()} />);
  expect(await screen.findByText("Corp refused the sign-in.")).toBeVisible();
});
