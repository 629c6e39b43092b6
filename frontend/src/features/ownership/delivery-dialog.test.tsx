import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ImageDeliveries } from "@/api/contract";
import { makeAppEnvironment, makeOwned, makeResource, makeWorkload } from "@/test/factories";
import { makeGitRepository } from "@/test/git-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { OwnersSection } from "./owners-section";

const here = "/applications/shop/environments/Production";
const argo = { owner: "the application shop of Argo CD", delivery: "refuse" as const };
const unset: ImageDeliveries = { owned: "refuse", workloads: [], set_by: null, set_at: null };
const worker = { workload: makeResource("Deployment", "worker"), delivery: "direct" as const, file: null };

/** Shows the owners of web and worker, opens the dialog of web's owner, and collects what is sent. */
async function open(deliveries: ImageDeliveries = unset) {
  const sent: unknown[] = [];
  const workloads = [makeOwned("web", argo), makeOwned("worker", { ...argo, delivery: "direct" })];
  server.use(
    http.get(at(`${here}/ownership`), () => HttpResponse.json([{ cluster: "eu", failure: null, workloads }])),
    http.get(at(here), () => HttpResponse.json(makeAppEnvironment({ image_deliveries: deliveries }))),
    http.get(at("/git-repositories"), () => HttpResponse.json({ items: [makeGitRepository()], next_cursor: null })),
    http.put(at(`${here}/image-deliveries`), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeAppEnvironment({ image_deliveries: deliveries }));
    }),
  );
  const { user } = render(
    <OwnersSection
      application="shop"
      environment="Production"
      clusters={["eu"]}
      workloads={[makeWorkload({ name: "web" })]}
      blocked={null}
    />,
  );
  const [first] = await screen.findAllByRole("button", { name: /^Set the delivery/ });
  await user.click(first!);
  const dialog = within(await screen.findByRole("dialog", { name: "Set the delivery in Production" }));
  return { user, dialog, sent };
}

/** Chooses Git, and the entry of a kustomization. */
async function enterFile({ user, dialog }: Awaited<ReturnType<typeof open>>) {
  await user.click(dialog.getByRole("radio", { name: "Git commit" }));
  await user.selectOptions(await dialog.findByRole("combobox", { name: "Git repository" }), "shop-config");
  await user.type(dialog.getByRole("textbox", { name: "File" }), "shop/kustomization.yaml");
}

const file = {
  repository: "shop-config",
  branch: "main",
  path: "shop/kustomization.yaml",
  form: "kustomization",
  values: [],
  paths: {},
};

describe("the delivery of workloads of one owner", () => {
  it("is set for them alone, and keeps that of others", async () => {
    const { user, dialog, sent } = await open({ ...unset, workloads: [worker] });
    await user.click(dialog.getByRole("radio", { name: "Argo CD override" }));
    await user.click(dialog.getByRole("button", { name: "Set the delivery" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    const web = { workload: makeResource("Deployment", "web"), delivery: "argocd", file: null };
    expect(sent).toEqual([{ owned: "refuse", workloads: [worker, web] }]);
  });
  it("is taken back by what holds in the whole environment", async () => {
    const web = { workload: makeResource("Deployment", "web"), delivery: "refuse" as const, file: null };
    const { user, dialog, sent } = await open({ ...unset, workloads: [web, worker] });
    expect(dialog.getByRole("radio", { name: "Refuse" })).toBeChecked();
    await user.click(dialog.getByRole("radio", { name: "As in the whole environment" }));
    await user.click(dialog.getByRole("button", { name: "Set the delivery" }));
    await vi.waitFor(() => expect(sent).toEqual([{ owned: "refuse", workloads: [worker] }]));
  });
  it("says in the dialog why it was not set", async () => {
    const { user, dialog } = await open();
    server.use(http.put(at(`${here}/image-deliveries`), () => problem(403, "forbidden")));
    await user.click(dialog.getByRole("radio", { name: "Direct" }));
    await user.click(dialog.getByRole("button", { name: "Set the delivery" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });
  it("takes administration of the installation where it is a file in Git", async () => {
    server.use(holding("admin", { applications: ["shop"] }));
    const { dialog } = await open();
    expect(dialog.getByRole("radio", { name: "Git commit" })).toBeDisabled();
  });
});

describe("the delivery by a file in Git", () => {
  it("names what is missing, and then sends the file", async () => {
    const opened = await open();
    const { user, dialog, sent } = opened;
    await user.click(dialog.getByRole("radio", { name: "Git commit" }));
    expect(dialog.getByText("Choose a Git repository.")).toBeInTheDocument();
    expect(dialog.getByRole("button", { name: "Set the delivery" })).toBeDisabled();
    await enterFile(opened);
    expect(dialog.getByText("New images are committed to the branch itself")).toBeInTheDocument();
    await user.click(dialog.getByRole("button", { name: "Set the delivery" }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ workloads: [{ delivery: "git", file }] });
  });
  it("shows the lines that a new image would change, and no more once the form is another", async () => {
    const lines = [{ number: 7, before: "  newTag: 1.0.0", after: "  newTag: 1.1.0" }];
    server.use(
      http.post(at("/git-repositories/shop-config/image/preview"), () =>
        HttpResponse.json({ branch: "main", commit: "c0ffee", path: file.path, lines }),
      ),
    );
    const opened = await open();
    const { user, dialog } = opened;
    await enterFile(opened);
    await user.type(dialog.getByRole("textbox", { name: "Tag to try" }), "1.1.0");
    await user.click(dialog.getByRole("button", { name: "Show the lines" }));
    expect(await dialog.findByText("newTag: 1.1.0")).toBeInTheDocument();
    await user.type(dialog.getByRole("textbox", { name: "File" }), "x");
    expect(dialog.queryByText("newTag: 1.1.0")).not.toBeInTheDocument();
  });
  it("says beside the container why the file cannot be changed so", async () => {
    server.use(http.post(at("/git-repositories/shop-config/image/preview"), () => problem(409, "image-edit-refused")));
    const opened = await open();
    await enterFile(opened);
    await opened.user.type(opened.dialog.getByRole("textbox", { name: "Tag to try" }), "1.1.0");
    await opened.user.click(opened.dialog.getByRole("button", { name: "Show the lines" }));
    expect(await opened.dialog.findByText("Detail of image-edit-refused.")).toBeInTheDocument();
  });
});
