import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeAppEnvironment, makeResource } from "@/test/factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ImportPage } from "./import-page";

const development = { environment: "Development", clusters: ["dev-1"] };
const staging = { environment: "Staging", clusters: ["staging-1"] };

const page = (named: string | null, sources: readonly (typeof staging)[]) => (
  <ImportPage
    application="shop"
    environment="Production"
    clusters={["prod-1"]}
    defaultNamespace="shop"
    sources={sources}
    named={named}
    sourceCluster={null}
    keys={[]}
    onSource={vi.fn()}
    onStarted={vi.fn()}
    onProposed={vi.fn()}
  />
);

/** Answers each source with one resource, and records which were read. */
function sourcesRead() {
  const read: string[] = [];
  server.use(
    http.get(at("/applications/shop/environments/Production"), () => HttpResponse.json(makeAppEnvironment())),
    http.get(at("/applications/shop/environments/:source/resources"), ({ params }) => {
      read.push(String(params.source));
      return HttpResponse.json({ items: [], namespace: `shop-of-${String(params.source)}`, unread: [] });
    }),
  );
  return read;
}

it("an import from an environment that lacks the application says so, and reads no other in its place", async () => {
  const read = sourcesRead();
  render(page("Staging", [development]));
  expect(await screen.findByText("shop is not configured in Staging.")).toBeInTheDocument();
  expect(screen.getByRole("combobox", { name: "Source environment" })).toHaveValue("");
  expect(read).toEqual([]);
});

it("an import goes on as soon as the named environment has the application", async () => {
  const read = sourcesRead();
  const { show } = render(page("staging", [development]));
  show(page("staging", [development, staging]));
  expect(await screen.findByText("The namespace shop-of-Staging is empty")).toBeInTheDocument();
  expect(read).toEqual(["Staging"]);
});

/** Answers with a target of that Git folder, and a source with one ConfigMap; collects the requests of previews. */
function targetWith(git_folder: ReturnType<typeof makeAppEnvironment>["git_folder"]) {
  const asked: unknown[] = [];
  const settings = {
    resource: makeResource("ConfigMap", "settings"),
    copyable: true,
    reason: null,
    consent: null,
    selected: true,
    belongs: true,
    workload: false,
    refers_to: [],
    notes: [],
  };
  server.use(
    http.get(at("/environments/Production/namespaces"), () =>
      HttpResponse.json({ items: [], given: [], not_asked: [], not_listed: [] }),
    ),
    http.get(at("/applications/shop/environments/Production"), () =>
      HttpResponse.json(makeAppEnvironment({ git_folder })),
    ),
    http.get(at("/applications/shop/environments/Staging/resources"), () =>
      HttpResponse.json({ items: [settings], namespace: "shop", unread: [] }),
    ),
    http.post(at("/applications/shop/environments/Production/import/preview"), async ({ request }) => {
      asked.push(await request.json());
      return problem(409, "asked");
    }),
  );
  return asked;
}

const shopProd = { repository: "shop-config", branch: "main", path: "apps/shop/prod", paths: {} };

it("an import into a Git folder says where it writes, and restarts nothing", async () => {
  const asked = targetWith(shopProd);
  const { user } = render(page("Staging", [staging]));
  expect(await screen.findByRole("radio", { name: "To Git" })).toBeChecked();
  expect(screen.getByText(/^Files in apps\/shop\/prod on main of shop-config/)).toBeInTheDocument();
  expect(screen.queryByRole("checkbox", { name: /^Restart workloads/ })).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Preview changes" }));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]).toMatchObject({ delivery: "git" });
});

it("an import may write to the clusters although there is a Git folder", async () => {
  const asked = targetWith(shopProd);
  const { user } = render(page("Staging", [staging]));
  await user.click(await screen.findByRole("radio", { name: "To the clusters" }));
  expect(screen.getByRole("checkbox", { name: /^Restart workloads/ })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Preview changes" }));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]).toMatchObject({ delivery: "cluster" });
});

it("an import without a Git folder offers no choice", async () => {
  const asked = targetWith(null);
  const { user } = render(page("Staging", [staging]));
  await user.click(await screen.findByRole("button", { name: "Preview changes" }));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(screen.queryByRole("radio", { name: "To Git" })).not.toBeInTheDocument();
  expect(asked[0]).toMatchObject({ delivery: null });
});
