import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { makeAppEnvironment, makeEnvironment, makeResource } from "@/test/factories";
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

describe("switching the deploy mode", () => {
  const open = (mode: "manual" | "auto") =>
    render(<EnvironmentSettings application="shop" environment={makeEnvironment({ deploy_mode: mode })} />);

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
