import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { Me } from "@/api/contract";
import { makeMe } from "@/test/factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { SettingsArea } from "./settings-area";

async function offers(me: Partial<Me>, ...labels: string[]): Promise<void> {
  server.use(
    http.get(at("/session"), () => HttpResponse.json({ me: makeMe(me) })),
    holding(me.role ?? null),
  );
  render(<SettingsArea>the page</SettingsArea>);
  await vi.waitFor(() => expect(screen.getAllByRole("link").map(({ textContent }) => textContent)).toEqual(labels));
}

it("offers administrators every page of access and delivery", () =>
  offers(
    { kind: "token", role: "admin" },
    "People",
    "Roles",
    "Service accounts",
    "Trusts of CI jobs",
    "Access tokens",
    "Audit",
    "Freezes",
    "Notifications",
    "Signed-in sessions",
  ));

it("offers others what they may see, and people their own tokens", () =>
  offers(
    { kind: "person", role: "viewer" },
    "Service accounts",
    "Audit",
    "Freezes",
    "My tokens",
    "Signed-in sessions",
  ));

it("offers the roles to those who maintain a part", async () => {
  server.use(holding("maintainer", { applications: ["shop"] }));
  render(<SettingsArea>the page</SettingsArea>);
  expect(await screen.findByRole("link", { name: "Roles" })).toBeInTheDocument();
  expect(screen.queryByRole("link", { name: "People" })).not.toBeInTheDocument();
});

it("shows the page beside the list", () => {
  render(<SettingsArea>the page</SettingsArea>);
  expect(screen.getByText("the page")).toBeInTheDocument();
});
