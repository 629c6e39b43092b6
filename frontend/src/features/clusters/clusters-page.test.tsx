import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { Cluster } from "@/api/contract";
import { makeCluster } from "@/test/environment-factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ClustersPage } from "./clusters-page";

const kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: prod";

/** The page without clusters, and a person who submits a kubeconfig, to which the service answers so. */
async function submit(answer: () => Response) {
  server.use(
    http.get(at("/clusters"), () => HttpResponse.json({ items: [], next_cursor: null })),
    http.post(at("/clusters"), answer),
  );
  const { user } = render(<ClustersPage />);
  await vi.waitFor(() =>
    expect(screen.getByRole("button", { name: "Connect a cluster" })).not.toHaveAttribute("aria-disabled"),
  );
  await user.click(screen.getByRole("button", { name: "Connect a cluster" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox", { name: "Kubeconfig" }), kubeconfig);
  await user.click(within(dialog).getByRole("button", { name: "Test and connect" }));
  return dialog;
}

const connected = (over: Partial<Cluster>) => () => HttpResponse.json(makeCluster(over), { status: 201 });

it("what is left out of a kubeconfig is said once the cluster is connected", async () => {
  await submit(connected({ name: "prod", left_out: ['context "old"', 'user "old"'] }));
  const notice = await screen.findByText("prod: only the kubeconfig's current context is stored");
  expect(notice.closest("[role=status]")).toHaveTextContent(
    'because it does not use them: context "old" and user "old".',
  );
});

it("nothing is said of a kubeconfig that is stored as it is", async () => {
  await submit(connected({ name: "prod", left_out: [] }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(screen.queryByText(/current context is stored/)).not.toBeInTheDocument();
});

it("each problem of a kubeconfig is shown once, with its line", async () => {
  const errors = [
    { field: "$.users[0].user.exec", code: "kubeconfig-refused", message: "would run a command", line: 12 },
    { field: "$.clusters[0].cluster.proxy-url", code: "kubeconfig-refused", message: "is not supported", line: null },
  ];
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const dialog = await submit(() => problem(422, "kubeconfig-refused", { detail, field: errors[0]!.field, errors }));
  const alert = await within(dialog).findByRole("alert");
  expect(
    within(alert)
      .getAllByRole("listitem")
      .map((each) => each.textContent),
  ).toEqual(["clusters[0].cluster.proxy-url is not supported", "Line 12: users[0].user.exec would run a command"]);
  expect(dialog.textContent?.match(/would run a command/g)).toHaveLength(1);
});
