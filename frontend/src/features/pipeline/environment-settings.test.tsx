import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentOverview } from "@/api/contract";
import { makeAppEnvironment, makeEnvironment, makeFollow, makeResource } from "@/test/factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { EnvironmentSettings } from "./environment-settings";

const here = "/applications/shop/environments/Production";

const preview = http.post(at(`${here}/deploy-mode/preview`), async ({ request }) => {
  const { deploy_mode: mode } = (await request.json()) as { deploy_mode: string };
  const image = {
    workload: makeResource("Deployment", "web"),
    container: "web",
    image: "registry.example/shop/web:1.5.0",
    tag: "1.5.0",
    digest: null,
    push: 3,
  };
  return HttpResponse.json(
    mode === "auto"
      ? { deploy_mode: mode, sentence: "Production would deploy web 1.5.0 at once.", next: [image], offered: [] }
      : { deploy_mode: mode, sentence: "Production would offer web 1.5.0.", next: [], offered: [image] },
  );
});

beforeEach(() => server.use(http.get(at(here), () => HttpResponse.json(makeAppEnvironment()))));

const settings = (environment: EnvironmentOverview, ...others: EnvironmentOverview[]) =>
  render(
    <EnvironmentSettings
      application="shop"
      overview={{ application: "shop", environments: [...others, environment], read_at: "2026-11-23T12:00:00Z" }}
      environment={environment}
    />,
  );

describe("following an environment", () => {
  const staging = makeEnvironment({ environment: "Staging", rank: 1 });
  const recording = () => {
    const changed: unknown[] = [];
    server.use(
      http.patch(at(here), async ({ request }) => {
        changed.push(await request.json());
        return HttpResponse.json({});
      }),
    );
    return changed;
  };

  it("proposes the environment before it, and names the minutes", async () => {
    const changed = recording();
    const { user } = settings(makeEnvironment({ rank: 2 }), staging);
    await vi.waitFor(() => expect(screen.getByRole("radio", { name: "Follow" })).toBeEnabled());
    await user.click(screen.getByRole("radio", { name: "Follow" }));
    const dialog = await screen.findByRole("dialog");
    await user.clear(within(dialog).getByRole("textbox", { name: "Minutes of health" }));
    await user.type(within(dialog).getByRole("textbox", { name: "Minutes of health" }), "10");
    await user.click(within(dialog).getByRole("button", { name: "Follow" }));
    await vi.waitFor(() =>
      expect(changed).toEqual([
        { deploy_mode: "follow", follow: { environment: "Staging", healthy_minutes: 10, checks: [] } },
      ]),
    );
  });

  it("shows what is followed and what it waits for, and changes it", async () => {
    recording();
    const follow = makeFollow({ code: "rolled-back", healthy_minutes: 45, checks: ["smoke"] });
    const { user } = settings(makeEnvironment({ rank: 2, deploy_mode: "follow", follow }), staging);
    expect(screen.getByText("follows Staging · rolled back")).toBeInTheDocument();
    await vi.waitFor(() => expect(screen.getByRole("button", { name: "Change what it follows" })).toBeEnabled());
    await user.click(screen.getByRole("button", { name: "Change what it follows" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByRole("textbox", { name: "Minutes of health" })).toHaveValue("45");
    expect(within(dialog).getByText("smoke")).toBeInTheDocument();
  });
});

describe("switching the deploy mode", () => {
  const open = (mode: "manual" | "auto") => settings(makeEnvironment({ deploy_mode: mode }));

  it("to automatic first shows the images that are deployed immediately", async () => {
    const changed: unknown[] = [];
    server.use(
      preview,
      http.patch(at(here), async ({ request }) => {
        changed.push(await request.json());
        return HttpResponse.json({});
      }),
    );
    const { user } = open("manual");
    await vi.waitFor(() => expect(screen.getByRole("radio", { name: "Automatic" })).toBeEnabled());
    await user.click(screen.getByRole("radio", { name: "Automatic" }));
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText("Production would deploy web 1.5.0 at once.")).toBeInTheDocument();
    expect(within(dialog).getByRole("list", { name: "Deployed immediately" })).toHaveTextContent("web: 1.5.0");
    expect(changed).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Switch to automatic" }));
    await vi.waitFor(() => expect(changed).toEqual([{ deploy_mode: "auto" }]));
  });

  it("to manual first shows the images that will be offered, and then why the switch failed", async () => {
    server.use(
      preview,
      http.patch(at(here), () => problem(409, "operation-underway")),
    );
    const { user } = open("auto");
    await vi.waitFor(() => expect(screen.getByRole("radio", { name: "Manual" })).toBeEnabled());
    await user.click(screen.getByRole("radio", { name: "Manual" }));
    expect(await screen.findByRole("list", { name: "Offered for manual deployment" })).toHaveTextContent("1.5.0");
    await user.click(screen.getByRole("button", { name: "Switch to manual" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of operation-underway.");
  });
});
