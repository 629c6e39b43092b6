import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { DeclaredKind } from "@/api/contract";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { DeclaredKindsSection } from "./declared-kinds-section";
import { declarationOf, draftOf, isComplete } from "./model";

const none = { name: null, repository: null, tag: null, digest: null };
const kind: DeclaredKind = {
  name: "Shopfront.shop.example",
  group: "shop.example",
  kind: "Shopfront",
  images: [
    { ...none, form: "reference", path: "spec.proxy.image" },
    { ...none, form: "repository-and-tag", path: "spec.image", repository: "repository", tag: "tag" },
    { ...none, form: "tag", path: "spec.version", name: "shop/search" },
  ],
  health: { rule: "conditions", ready: "Up", failed: ["Broken"] },
  used_by: [{ application: "shop", environment: "Production" }],
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
};
const list = (...items: unknown[]) => http.get(at("/declared-kinds"), () => HttpResponse.json({ items }));

it("a form sends what was declared, when nothing was changed in it", () => {
  expect(declarationOf(draftOf(kind))).toEqual({
    images: [
      { form: "reference", path: "spec.proxy.image" },
      { form: "repository-and-tag", path: "spec.image", repository: "repository", tag: "tag", digest: null },
      { form: "tag", path: "spec.version", name: "shop/search" },
    ],
    health: { rule: "conditions", ready: "Up", failed: ["Broken"] },
  });
});

it.each([
  ["a path is missing", { images: [{ ...draftOf(kind).images[0]!, path: " " }] }],
  ["a tag has no image", { images: [{ ...draftOf(kind).images[2]!, name: "" }] }],
  ["the group is missing", { name: "Shopfront" }],
])("a form is not complete where %s", (_, changed) => {
  expect(isComplete(draftOf(kind))).toBe(true);
  expect(isComplete({ ...draftOf(kind), ...changed })).toBe(false);
});

it("those who do not see everything are told so, not that there are no declared kinds", async () => {
  server.use(holding("maintainer", { applications: ["shop"] }), list());
  render(<DeclaredKindsSection />);
  expect(await screen.findByText(/^You do not see declared kinds\./)).toBeInTheDocument();
});

it("a kind is tried on a pasted object and declared", async () => {
  const sent: unknown[] = [];
  server.use(
    list(),
    http.post(at("/declared-kinds/:name/preview"), async ({ request }) => {
      sent.push(await request.json());
      const found = [{ path: "spec.image", image: "shop/web:1" }];
      const images = [{ path: "spec.image", found, problem: null }];
      return HttpResponse.json({ images, health: "unknown", message: "It reports no condition." });
    }),
    http.put(at("/declared-kinds/:name"), async ({ params, request }) => {
      sent.push(params.name, await request.json());
      return HttpResponse.json(kind);
    }),
  );
  const { user } = render(<DeclaredKindsSection />);
  await user.click(await screen.findByRole("button", { name: "Declare a kind" }));
  const dialog = within(screen.getByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: /^Kind and group/ }), "Shopfront.shop.example");
  await user.type(dialog.getByRole("textbox", { name: /^Path/ }), "spec.image");
  await user.click(dialog.getByRole("radio", { name: "Pasted" }));
  await user.type(dialog.getByRole("textbox", { name: /^Object/ }), "kind: Shopfront");
  await user.click(dialog.getByRole("button", { name: "Try it" }));
  expect(await dialog.findByText("spec.image: shop/web:1")).toBeInTheDocument();
  expect(dialog.getByText("It reports no condition.")).toBeInTheDocument();
  await user.click(dialog.getByRole("button", { name: "Declare" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  const declaration = { images: [{ form: "reference", path: "spec.image" }], health: { rule: "kstatus" } };
  expect(sent).toEqual([{ declaration, object: { kind: "Shopfront" } }, "Shopfront.shop.example", declaration]);
});

it("a declaration in use is removed after its users are named", async () => {
  const gone: string[] = [];
  server.use(
    list(kind),
    http.delete(at("/declared-kinds/:name"), ({ request }) => {
      gone.push(new URL(request.url).search);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = render(<DeclaredKindsSection />);
  await user.click(await screen.findByRole("button", { name: /^Remove/ }));
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByText("It is used by shop in Production.")).toBeInTheDocument();
  await user.click(dialog.getByRole("button", { name: /^Remove/ }));
  await vi.waitFor(() => expect(gone).toEqual(["?in_use=true"]));
});
