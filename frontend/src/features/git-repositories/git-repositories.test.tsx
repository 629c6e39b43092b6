import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeGitRepository } from "@/test/git-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { GitRepositoriesSection } from "./git-repositories-section";

const repository = makeGitRepository({ last_error: "git.example: It does not accept the stored credential." });
const page = (...items: unknown[]) => HttpResponse.json({ items, next_cursor: null });

it("those who do not see everything are told so, not that there are no Git repositories", async () => {
  server.use(
    holding("maintainer", { applications: ["shop"] }),
    http.get(at("/git-repositories"), () => page()),
  );
  render(<GitRepositoriesSection />);
  expect(await screen.findByText(/^You do not see Git repositories\./)).toBeInTheDocument();
  expect(screen.queryByText("No Git repositories yet")).not.toBeInTheDocument();
});

it("a Git repository shows its last error, and is checked on request", async () => {
  const asked: unknown[] = [];
  server.use(
    http.get(at("/git-repositories"), () => page(repository)),
    http.post(at("/git-repositories/:name/check"), async ({ params, request }) => {
      asked.push(params.name, await request.json());
      const found = { branch: "main", path: "apps/values.yaml", commit: "0123456789abcdef0123", code: null };
      return HttpResponse.json({ name: "shop-config", well: true, detail: null, ...found });
    }),
  );
  const { user } = render(<GitRepositoriesSection />);
  expect(await screen.findByText("git.example: It does not accept the stored credential.")).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: /^Check/ }));
  await user.type(screen.getByRole("textbox", { name: /^File/ }), "apps/values.yaml");
  await user.click(screen.getByRole("button", { name: "Run check" }));
  expect(
    await screen.findByText("Branch main is at commit 0123456789ab and has apps/values.yaml."),
  ).toBeInTheDocument();
  expect(asked).toEqual(["shop-config", { branch: null, path: "apps/values.yaml" }]);
});

it("a failed check says what the server answered", async () => {
  server.use(
    http.get(at("/git-repositories"), () => page(repository)),
    http.post(at("/git-repositories/:name/check"), () => {
      const failed = { well: false, code: "git-denied", detail: "git.example: It lets nobody in." };
      return HttpResponse.json({ name: "shop-config", branch: null, path: null, commit: null, ...failed });
    }),
  );
  const { user } = render(<GitRepositoriesSection />);
  await user.click(await screen.findByRole("button", { name: /^Check/ }));
  await user.click(screen.getByRole("button", { name: "Run check" }));
  expect(await screen.findByText("git.example: It lets nobody in.")).toBeInTheDocument();
});

it("a Git repository gets a credential that the console does not cache", async () => {
  const sent: unknown[] = [];
  server.use(
    http.get(at("/git-repositories"), () => page()),
    http.put(at("/git-repositories/:name"), async ({ params, request }) => {
      sent.push(params.name, await request.json());
      return HttpResponse.json(repository);
    }),
  );
  const { user, queryClient } = render(<GitRepositoriesSection />);
  await user.click(await screen.findByRole("button", { name: "Add a Git repository" }));
  await user.type(screen.getByRole("textbox", { name: /^Name/ }), "shop-config");
  await user.type(screen.getByRole("textbox", { name: /^Address/ }), "https://git.example/shop/config.git");
  await user.type(screen.getByRole("textbox", { name: /^User name/ }), "ada");
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByRole("button", { name: "Add Git repository" })).toBeDisabled();
  await user.type(screen.getByLabelText(/^Password/), "s3cret");
  await user.selectOptions(screen.getByRole("combobox", { name: /^New images arrive by/ }), "gitea");
  await user.click(dialog.getByRole("button", { name: "Add Git repository" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  const credential = { kind: "basic", username: "ada", password: "s3cret" };
  expect(sent).toEqual(["shop-config", { url: repository.url, credential, pull_requests: "gitea" }]);
  await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
});

it("a Git repository that is edited keeps how changes reach it", async () => {
  const sent: unknown[] = [];
  server.use(
    http.get(at("/git-repositories"), () => page({ ...repository, pull_requests: "gitlab" })),
    http.put(at("/git-repositories/:name"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(repository);
    }),
  );
  const { user } = render(<GitRepositoriesSection />);
  await user.click(await screen.findByRole("button", { name: /^Edit/ }));
  await user.type(screen.getByLabelText(/^Password/), "s3cret");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toHaveProperty("pull_requests", "gitlab");
});

it("a Git repository is removed after a confirmation", async () => {
  const gone: unknown[] = [];
  server.use(
    http.get(at("/git-repositories"), () => page(repository)),
    http.delete(at("/git-repositories/:name"), ({ params }) => {
      gone.push(params.name);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = render(<GitRepositoriesSection />);
  await user.click(await screen.findByRole("button", { name: /^Remove/ }));
  expect(gone).toEqual([]);
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: /^Remove/ }));
  await vi.waitFor(() => expect(gone).toEqual(["shop-config"]));
});
