import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ApplicationMenu } from "./application-menu";
import { CreateApplicationDialog } from "./create-application-dialog";

const application = { id: "app-1", name: "shop", description: "Sells", labels: { team: "shop" } };
const ignore = () => undefined;

/** Opens the dialog that edits the application, and collects what is sent. */
async function editing() {
  const sent: unknown[] = [];
  server.use(
    http.get(at("/applications/shop"), () => HttpResponse.json(application)),
    http.patch(at("/applications/shop"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(application);
    }),
  );
  const { user } = render(<ApplicationMenu application="shop" onRenamed={ignore} onDeleted={ignore} />);
  await user.click(screen.getByRole("button", { name: "More actions for shop" }));
  const item = await screen.findByRole("menuitem", { name: "Edit name, description and labels" });
  await vi.waitFor(() => expect(item).toBeEnabled());
  await user.click(item);
  const labels = await screen.findByRole("textbox", { name: "Labels" });
  await vi.waitFor(() => expect(labels).toHaveValue("team=shop"));
  return { user, labels, sent, save: screen.getByRole("button", { name: "Save" }) };
}

describe("labels of an application", () => {
  it("are given to a new one", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post(at("/applications"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(application, { status: 201 });
      }),
    );
    const created = vi.fn();
    const { user } = render(<CreateApplicationDialog opened onClose={ignore} onCreated={created} />);
    await user.type(await screen.findByRole("textbox", { name: "Name" }), "shop");
    await user.type(screen.getByRole("textbox", { name: "Labels" }), "team=shop, tier=1");
    await user.click(screen.getByRole("button", { name: "Create application" }));
    await vi.waitFor(() => expect(created).toHaveBeenCalledWith("shop"));
    expect(sent).toEqual([{ name: "shop", description: "", labels: { team: "shop", tier: "1" } }]);
  });

  it("are shown and changed in the dialog of an existing one", async () => {
    const { user, labels, save, sent } = await editing();
    await user.type(labels, " tier=1");
    await user.click(save);
    await vi.waitFor(() =>
      expect(sent).toEqual([{ name: "shop", description: "Sells", labels: { team: "shop", tier: "1" } }]),
    );
  });

  it("are not sent by who leaves them as they are", async () => {
    const { user, save, sent } = await editing();
    await user.click(save);
    await vi.waitFor(() => expect(sent).toEqual([{ name: "shop", description: "Sells" }]));
  });

  it("are not saved while they cannot be read", async () => {
    const { user, labels, save } = await editing();
    await user.clear(labels);
    await user.type(labels, "team");
    await user.tab();
    expect(save).toBeDisabled();
    expect(labels).toHaveAccessibleDescription(/Write each label as key=value/);
  });
});

it("the menu of an application says which right its entries take to those who lack it", async () => {
  server.use(
    holding("promoter"),
    http.get(at("/applications/shop"), () => HttpResponse.json(application)),
  );
  const { user } = render(<ApplicationMenu application="shop" onRenamed={ignore} onDeleted={ignore} />);
  await user.click(screen.getByRole("button", { name: "More actions for shop" }));
  expect(await screen.findByText("Requires the right maintain on shop in every environment.")).toBeInTheDocument();
  expect(screen.getByRole("menuitem", { name: "Delete application" })).toBeDisabled();
});
