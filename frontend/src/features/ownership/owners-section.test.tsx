import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ClusterOwners } from "@/api/contract";
import { makeAppEnvironment, makeOwned } from "@/test/factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { OwnersSection } from "./owners-section";

const here = "/applications/shop/environments/Production";
const helm = { owner: "the Helm release shop in namespace shop", applied_by: ["helm"] };
const eu = (...workloads: ClusterOwners["workloads"]): ClusterOwners[] => [{ cluster: "eu", failure: null, workloads }];

interface Shown {
  owners: ClusterOwners[];
  blocked?: string | null;
}

function show({ owners, blocked = null }: Shown) {
  server.use(
    http.get(at(`${here}/ownership`), () => HttpResponse.json(owners)),
    http.get(at(here), () => HttpResponse.json(makeAppEnvironment())),
  );
  return render(
    <OwnersSection application="shop" environment="Production" clusters={["eu"]} workloads={[]} blocked={blocked} />,
  );
}

describe("the owners of an environment's workloads", () => {
  it("are named with their workloads and with what happens to their images", async () => {
    show({ owners: eu(makeOwned("web", helm), makeOwned("worker", { applied_by: ["ci"] })) });
    const owners = await screen.findByRole("list", { name: "Owners" });
    expect(
      within(owners).getByRole("heading", { name: "The Helm release shop in namespace shop" }),
    ).toBeInTheDocument();
    expect(within(owners).getByText("applied by helm")).toBeInTheDocument();
    expect(within(owners).getByRole("heading", { name: "Field manager ci" })).toBeInTheDocument();
    expect(within(owners).getByText("Deployment/web")).toBeInTheDocument();
    expect(screen.getByText(/changes their images only with a consent/)).toBeInTheDocument();
  });
  it("are named with what they come from, and with why that may not be all", async () => {
    const owner = "the application shop of Argo CD";
    const above = ["the ApplicationSet shops", "the Git repository https://git.example/shop.git"];
    show({ owners: eu(makeOwned("web", { owner, above, unread: "The credential may not read it." })) });
    expect(
      await screen.findByText("from the ApplicationSet shops, from the Git repository https://git.example/shop.git"),
    ).toBeInTheDocument();
    expect(screen.getByText("The credential may not read it.")).toBeInTheDocument();
  });
  it("are changed as the delivery is set", async () => {
    show({ owners: eu(makeOwned("web", { ...helm, delivery: "as-owner" })) });
    expect(
      await screen.findByText(/^As the owner. Stagecoach changes their images in the owner's name/),
    ).toBeInTheDocument();
  });
  it("have the steps to a delivery that would work, where it is refused, and a button that begins with it", async () => {
    const possible = [{ delivery: "as-owner" as const, steps: ["Set it.", "Write it into the values, too."] }];
    const { user } = show({ owners: eu(makeOwned("web", { ...helm, possible })) });
    expect(await screen.findByText("The delivery “As the owner” would work:")).toBeInTheDocument();
    expect(screen.getByText("Write it into the values, too.")).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "Use it: As the owner" }));
    const dialog = await screen.findByRole("dialog", { name: "Set the delivery in Production" });
    expect(within(dialog).getByRole("radio", { name: /^As the owner/ })).toBeChecked();
  });
  it("say so where nobody is known", async () => {
    show({ owners: eu(makeOwned("web"), makeOwned("api")) });
    expect(await screen.findByRole("heading", { name: "No known owner" })).toBeInTheDocument();
    expect(screen.getByText("Stagecoach changes their images in its own name.")).toBeInTheDocument();
  });
  it("fold away many workloads behind their number", async () => {
    show({ owners: eu(...Array.from({ length: 7 }, (_, index) => makeOwned(`web-${index}`, helm))) });
    expect(await screen.findByText("7 workloads")).toBeInTheDocument();
  });
  it("are unknown on a cluster that could not be read", async () => {
    const failure = { code: "cluster-unreachable", detail: "It did not answer." };
    show({ owners: [...eu(makeOwned("web", helm)), { cluster: "us", failure, workloads: [] }] });
    expect(await screen.findByText("The owners on some clusters are unknown")).toBeInTheDocument();
    expect(screen.getByText("us")).toBeInTheDocument();
  });
});

describe("giving fields back", () => {
  const taken = eu(makeOwned("web", { ...helm, taken: true }));
  const { workload } = makeOwned("web");
  const repaired = (failure: { code: string; detail: string } | null) =>
    http.post(at(`${here}/ownership/repair`), () => {
      if (!failure) server.use(http.get(at(`${here}/ownership`), () => HttpResponse.json(eu(makeOwned("web", helm)))));
      return HttpResponse.json([{ cluster: "eu", failure: null, workloads: [{ workload, failure }] }]);
    });

  async function confirm({ user }: ReturnType<typeof show>) {
    await user.click(await screen.findByRole("button", { name: "Give fields back" }));
    const dialog = await screen.findByRole("dialog", { name: "Give fields back in Production?" });
    expect(dialog).toHaveTextContent("It changes nothing else and restarts nothing.");
    expect(dialog).toHaveTextContent("Deployment/web on eu");
    await user.click(within(dialog).getByRole("button", { name: "Give fields back" }));
    return dialog;
  }

  it("says what was given back, and has nothing to give back then", async () => {
    server.use(repaired(null));
    await confirm(show({ owners: taken }));
    expect(await screen.findByRole("status")).toHaveTextContent("The fields were given back");
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Give fields back" })).not.toBeInTheDocument());
  });
  it("says which workload could not be given back, and offers it again", async () => {
    server.use(repaired({ code: "cluster-access-denied", detail: "The credential may not patch it." }));
    await confirm(show({ owners: taken }));
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "Deployment/web on eu: The credential may not patch it.",
    );
    expect(screen.getByRole("button", { name: "Give fields back" })).toBeInTheDocument();
  });
  it("says in the dialog why it was refused", async () => {
    server.use(http.post(at(`${here}/ownership/repair`), () => problem(409, "operation-underway")));
    const dialog = await confirm(show({ owners: taken }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Detail of operation-underway.");
  });
  it("waits for a running operation", async () => {
    const { user } = show({ owners: taken, blocked: "An operation is running in this environment." });
    const button = await screen.findByRole("button", { name: /An operation is running/ });
    await user.click(button);
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  it("requires the right to maintain here", async () => {
    server.use(holding("viewer"));
    show({ owners: taken });
    expect(
      await screen.findByRole("button", { name: /Requires the right maintain on shop in Production/ }),
    ).toHaveAttribute("aria-disabled");
  });
});
