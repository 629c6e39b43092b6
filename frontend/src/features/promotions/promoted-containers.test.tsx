import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { PromotionRequest } from "@/api/contract";
import { makeResource } from "@/test/factories";
import { makeChange, makeImagePlan as plan, makeProblem } from "@/test/plan-factories";
import { server } from "@/test/server";
import { open, previews } from "./promote-dialog.stage";

describe("the choice of containers to promote", () => {
  it("makes a plan for the selected containers alone", async () => {
    const asked: PromotionRequest[] = [];
    server.use(
      previews((request) => {
        asked.push(request);
        return request.containers ? plan({ digest: "sha256:2" }) : plan();
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /api/ }));
    expect(await screen.findByRole("button", { name: "Promote 1 image to 2 clusters" })).toBeInTheDocument();
    expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["web"]);
  });

  it("disables the containers that do not change", async () => {
    server.use(previews(() => plan()));
    open();
    expect(await screen.findByRole("checkbox", { name: /db/ })).toBeDisabled();
  });

  it("leaves older images unticked, says that they are older, and plans for the others alone", async () => {
    const asked: PromotionRequest[] = [];
    const changes = [
      makeChange("web", "1.5.0", "1.4.0", { direction: "downgrade" }),
      makeChange("api", "2.0.0", "2.1.0"),
    ];
    const clusters = [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }];
    server.use(
      previews((request) => {
        asked.push(request);
        const some = changes.filter(({ container }) =>
          request.containers?.some((each) => each.container === container),
        );
        return plan({ clusters: request.containers ? [{ ...clusters[0]!, changes: some }] : clusters });
      }),
    );
    const { user } = open();
    const older = await screen.findByRole("checkbox", { name: /web/ });
    expect(older).not.toBeChecked();
    expect(screen.getByRole("checkbox", { name: /api/ })).toBeChecked();
    expect(screen.getByText("downgrade")).toBeInTheDocument();
    expect(screen.getByText("newer")).toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Promote 1 image to 1 cluster" })).toBeInTheDocument();
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["api"]));
    await user.click(older);
    expect(screen.getByRole("button", { name: "Promote 2 images to 1 cluster" })).toBeInTheDocument();
  });

  it("leaves what is not healthy at the source unticked, and names it in the request once it is ticked", async () => {
    const asked: PromotionRequest[] = [];
    const resource = makeResource("Deployment", "web");
    const problems = [makeProblem({ code: "source-failing", detail: "web fails at the source.", resource })];
    server.use(
      previews((request) => {
        asked.push(request);
        return request.containers ? plan() : plan({ blocked: true, problems });
      }),
    );
    const { user } = open();
    const failing = await screen.findByRole("checkbox", { name: /web/ });
    expect(failing).not.toBeChecked();
    expect(screen.getByText("Not everything is healthy in Staging")).toBeInTheDocument();
    expect(screen.getByText("web fails at the source.")).toBeInTheDocument();
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["api"]));
    await user.click(failing);
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["web", "api"]));
    await vi.waitFor(() => expect(screen.queryByText("web fails at the source.")).not.toBeInTheDocument());
    expect(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" })).toBeEnabled();
  });

  it("shows what is found about the selected containers, and nothing about the others", async () => {
    const ofWeb = makeProblem({ severity: "warns", detail: "A key of web is missing." });
    const ofApi = makeProblem({ severity: "warns", detail: "No node fits api." });
    server.use(previews(({ containers }) => plan({ problems: containers ? [ofApi] : [ofWeb, ofApi] })));
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /web/ }));
    await vi.waitFor(() => expect(screen.queryByText(ofWeb.detail)).not.toBeInTheDocument());
    expect(screen.getByText(ofApi.detail)).toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: /api/ }));
    expect(screen.queryByText(ofApi.detail)).not.toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: /api/ }));
    await user.click(screen.getByRole("checkbox", { name: /web/ }));
    expect(await screen.findByText(ofWeb.detail)).toBeInTheDocument();
  });

  it("says that nothing is chosen where all of it is left out, and that the rest is there where some is", async () => {
    const api = makeResource("Deployment", "api");
    const web = makeResource("Deployment", "web");
    const leaving = (workload: typeof api) => ({
      code: "leave-out",
      title: `Leave out Deployment ${workload.name}`,
      request: { leave_out: [{ workload }] },
    });
    const problems = [api, web].map((workload) =>
      makeProblem({ detail: `${workload.name} is paused.`, resource: workload, remedy: leaving(workload) }),
    );
    const changes = { api: makeChange("api", "2", "3"), web: makeChange("web", "1.5.0", "1.5.0") };
    server.use(
      previews(({ leave_out: omitted = [] }) => {
        const left = new Set(omitted.map(({ workload }) => workload.name));
        const cluster = { cluster: "prod-eu", read: true, problems: [], configuration: [], restarts: [] };
        const rest = Object.entries(changes).flatMap(([name, change]) => (left.has(name) ? [] : [change]));
        return plan({
          clusters: [{ ...cluster, changes: rest }],
          problems: problems.filter(({ resource }) => !left.has(resource!.name)),
          nothing_to_do: left.has("api"),
        });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Leave out Deployment api" }));
    const rest = "Besides what is left out, Production already runs these images.";
    expect(await screen.findByText(rest)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Leave out Deployment web" }));
    const none = "Nothing is chosen: all of it is left out.";
    expect(await screen.findByText(none)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /^Nothing to promote.*Nothing is chosen/ })).toBeInTheDocument();
  });

  it("asks for a choice where all images are older, and makes no plan for none", async () => {
    const asked: PromotionRequest[] = [];
    const changes = [makeChange("web", "1.5.0", "1.4.0", { direction: "downgrade" })];
    server.use(
      previews((request) => {
        asked.push(request);
        return plan({
          clusters: [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }],
        });
      }),
    );
    open();
    await screen.findByRole("checkbox", { name: /web/ });
    expect(screen.getByRole("button", { name: /^Promote.*Select at least one container/ })).toBeInTheDocument();
    expect(asked.map(({ containers }) => containers)).toEqual([null]);
  });

  it("lets a container that is blocked be left out, and starts the rest", async () => {
    const blocked = makeChange("web", "1.4.0", "1.5.0", { action: "blocked", unchanged: true });
    const whole = [
      {
        cluster: "prod-eu",
        read: true,
        changes: [blocked, makeChange("api", "2", "3")],
        problems: [],
        configuration: [],
        restarts: [],
      },
    ];
    const rest = [{ ...whole[0]!, changes: [makeChange("api", "2", "3")] }];
    const problems = [makeProblem({ detail: "web cannot be written." })];
    server.use(
      previews(({ containers }) =>
        containers ? plan({ clusters: rest }) : plan({ clusters: whole, blocked: true, problems }),
      ),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /web/ }));
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Promote 1 image to 1 cluster" })).not.toHaveAttribute("aria-disabled"),
    );
  });
});
