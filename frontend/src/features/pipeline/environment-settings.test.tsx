import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { makeEnvironment, makeResource } from "@/test/factories";
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
      : { deploy_mode: mode, sentence: "Production would wait for people.", next: [], offered: [image] },
  );
});

describe("switching the deploy mode", () => {
  const open = (mode: "manual" | "auto") =>
    render(<EnvironmentSettings application="shop" environment={makeEnvironment({ deploy_mode: mode })} />);

  it("to automatic says first which images go out at once", async () => {
    const changed: unknown[] = [];
    server.use(
      preview,
      http.patch(at(here), async ({ request }) => {
        changed.push(await request.json());
        return HttpResponse.json({});
      }),
    );
    const { user } = open("manual");
    await vi.waitFor(() => expect(screen.getByRole("radio", { name: "Roll out at once" })).toBeEnabled());
    await user.click(screen.getByRole("radio", { name: "Roll out at once" }));
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText("Production would deploy web 1.5.0 at once.")).toBeInTheDocument();
    expect(within(dialog).getByRole("list", { name: "Goes out at once" })).toHaveTextContent("web: 1.5.0");
    expect(changed).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Switch to automatic" }));
    await vi.waitFor(() => expect(changed).toEqual([{ deploy_mode: "auto" }]));
  });

  it("to manual says first what will wait, and why it could not be switched", async () => {
    server.use(
      preview,
      http.patch(at(here), () => problem(409, "operation-underway")),
    );
    const { user } = open("auto");
    await vi.waitFor(() => expect(screen.getByRole("radio", { name: "Wait for people" })).toBeEnabled());
    await user.click(screen.getByRole("radio", { name: "Wait for people" }));
    expect(await screen.findByRole("list", { name: "Waits for somebody" })).toHaveTextContent("1.5.0");
    await user.click(screen.getByRole("button", { name: "Switch to manual" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of operation-underway.");
  });
});
