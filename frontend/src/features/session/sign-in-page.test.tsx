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
