import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { at } from "@/test/handlers";
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
