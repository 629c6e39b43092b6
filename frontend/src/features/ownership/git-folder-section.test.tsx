import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { GitFolder } from "@/api/contract";
import { makeAppEnvironment } from "@/test/factories";
import { makeGitRepository } from "@/test/git-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { GitFolderSection } from "./git-folder-section";

const here = "/applications/shop/environments/Production";
const folder: GitFolder = {
  repository: "shop-config",
  branch: "main",
  path: "apps/shop/prod",
  paths: { us: "apps/shop/us" },
};
const answer = (git_folder: GitFolder | null) => HttpResponse.json(makeAppEnvironment({ git_folder }));

/** Shows the section, and collects what is sent. */
function show(present: GitFolder | null, repositories = [makeGitRepository({ pull_requests: "gitlab" })]) {
  const sent: unknown[] = [];
  server.use(
    http.get(at(here), () => answer(present)),
    http.get(at("/git-repositories"), () => HttpResponse.json({ items: repositories, next_cursor: null })),
    http.put(at(`${here}/git-folder`), async ({ request }) => {
      const asked = (await request.json()) as GitFolder;
      sent.push(asked);
      return answer(asked);
    }),
    http.delete(at(`${here}/git-folder`), () => {
      sent.push(null);
      return answer(null);
    }),
  );
  const { user } = render(<GitFolderSection application="shop" environment="Production" clusters={["eu", "us"]} />);
  const press = async (name: string) => user.click(await screen.findByRole("button", { name }));
  const dialog = async (name: string) => within(await screen.findByRole("dialog", { name }));
  return { user, press, dialog, sent };
}

describe("the Git folder of an environment", () => {
  it("is set with folders of clusters' own, and then says where imports are written", async () => {
    const { user, press, dialog: opened, sent } = show(null);
    await press("Set the Git folder");
    const dialog = await opened("Set the Git folder of Production");
    expect(await dialog.findByText("Choose a Git repository.")).toBeInTheDocument();
    await user.selectOptions(await dialog.findByRole("combobox", { name: "Git repository" }), "shop-config");
    expect(dialog.getByText("Imports are merge requests, which somebody merges")).toBeInTheDocument();
    expect(dialog.getByText("Name the folder.")).toBeInTheDocument();
    await user.type(dialog.getByRole("textbox", { name: "Folder" }), "apps/shop/prod ");
    await user.type(dialog.getByRole("textbox", { name: "us" }), "apps/shop/us");
    await user.click(dialog.getByRole("button", { name: "Set the folder" }));
    const own = await screen.findByRole("list", { name: "Clusters with a folder of their own" });
    expect(own).toHaveTextContent("us: apps/shop/us");
    expect(screen.getByText(/^Imports write files to/)).toHaveTextContent("apps/shop/prod on main of shop-config");
    expect(sent).toEqual([folder]);
  });
  it("is changed from what it is", async () => {
    const { user, press, dialog: opened, sent } = show(folder);
    await press("Change the Git folder");
    const dialog = await opened("Set the Git folder of Production");
    await user.clear(await dialog.findByRole("textbox", { name: "us" }));
    await user.click(dialog.getByRole("button", { name: "Set the folder" }));
    await vi.waitFor(() => expect(sent).toEqual([{ ...folder, paths: {} }]));
  });
  it("is taken away after a question", async () => {
    const { press, dialog: opened, sent } = show(folder);
    await press("Take it away");
    const dialog = await opened("Take the Git folder away from Production?");
    dialog.getByRole("button", { name: "Take it away" }).click();
    expect(await screen.findByText(/^Imports are written to the clusters/)).toBeInTheDocument();
    expect(sent).toEqual([null]);
  });
  it("is named by administrators of the installation, and taken away by those of the application as well", async () => {
    server.use(holding("admin", { applications: ["shop"] }));
    show(folder);
    expect(await screen.findByRole("button", { name: /^Change the Git folder/ })).toHaveAttribute("aria-disabled");
    expect(await screen.findByRole("button", { name: "Take it away" })).not.toHaveAttribute("aria-disabled");
  });
  it("says where a repository is stored first", async () => {
    const { press, dialog: opened } = show(null, []);
    await press("Set the Git folder");
    const dialog = await opened("Set the Git folder of Production");
    expect(await dialog.findByText(/^Add the one with this folder under/)).toBeInTheDocument();
  });
  it("says in the dialog why it was not set", async () => {
    const { user, press, dialog: opened } = show(folder);
    server.use(http.put(at(`${here}/git-folder`), () => problem(403, "forbidden")));
    await press("Change the Git folder");
    const dialog = await opened("Set the Git folder of Production");
    await user.click(dialog.getByRole("button", { name: "Set the folder" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });
});
