import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeRegisteredEnvironment } from "@/test/environment-factories";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { OrderedEnvironments } from "./ordered-environments";

const former = ["Staging", "Production"].map((name) => makeRegisteredEnvironment({ id: name, name }));

/** The list, to which every reading gives the former order. */
function open() {
  server.use(http.get(at("/holds"), () => HttpResponse.json({ items: [], next_cursor: null })));
  const ignore = () => undefined;
  return render(
    <OrderedEnvironments
      environments={former}
      policyOf={() => null}
      onApprovals={ignore}
      onEdit={ignore}
      onStrategy={() => undefined}
      onNamespaces={ignore}
      onLevel={ignore}
      onDelete={ignore}
    />,
  );
}

const names = () => screen.getAllByRole("heading", { level: 2 }).map(({ textContent }) => textContent);

it("shows the new order until it is stored, whatever readings bring that began before", async () => {
  let store = () => {};
  const stored = new Promise<void>((resolve) => (store = resolve));
  const sent = vi.fn();
  server.use(
    http.put(at("/environments/order"), async ({ request }) => {
      sent(await request.json());
      await stored;
      return HttpResponse.json({ items: [...former].reverse(), next_cursor: null });
    }),
  );
  const { user } = open();
  await user.click(await screen.findByRole("button", { name: "Move Production up" }));
  await vi.waitFor(() => expect(sent).toHaveBeenCalledWith({ environments: ["Production", "Staging"] }));
  expect(names()).toEqual(["Production", "Staging"]);
  store();
  await vi.waitFor(() => expect(names()).toEqual(["Staging", "Production"]));
});

it("shows the former order again, and why, where the new one is refused", async () => {
  server.use(
    http.put(at("/environments/order"), () =>
      HttpResponse.json(
        { type: "about:blank", title: "Conflict", status: 409, code: "conflict", detail: "There is another one." },
        { status: 409, headers: { "Content-Type": "application/problem+json" } },
      ),
    ),
  );
  const { user } = open();
  await user.click(await screen.findByRole("button", { name: "Move Production up" }));
  expect(await screen.findByText(/There is another one/)).toBeInTheDocument();
  expect(names()).toEqual(["Staging", "Production"]);
});
