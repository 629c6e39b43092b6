import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { EnvironmentOverview } from "@/api/contract";
import { makeEnvironment } from "@/test/factories";
import { holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { MissingKeys } from "./missing-keys";

const missing: NonNullable<EnvironmentOverview["missing_keys"]> = {
  source: "Staging",
  count: 2,
  whole_objects: 1,
  objects: [
    { kind: "ConfigMap", name: "settings", keys: ["URL"] },
    { kind: "Secret", name: "keys", keys: [] },
  ],
};

function opened(keys: EnvironmentOverview["missing_keys"]) {
  const onBring = vi.fn();
  const environment = makeEnvironment({ environment: "Production", missing_keys: keys });
  const view = render(<MissingKeys application="shop" environment={environment} onBring={onBring} />);
  return { ...view, onBring };
}

it("says what is missing, and leads to the comparison that shows it", () => {
  opened(missing);
  expect(screen.getByText("1 key and 1 object missing")).toBeInTheDocument();
  expect(screen.getByText(/Staging has ConfigMap settings: URL; Secret keys/)).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Compare with Staging" })).toHaveAttribute(
    "href",
    "/applications/shop/compare?left=Staging&right=Production",
  );
});

it("brings exactly these keys", async () => {
  const { user, onBring } = opened(missing);
  const button = () => screen.getByRole("button", { name: /^Bring 1 key and 1 object to Production/ });
  await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
  await user.click(button());
  expect(onBring).toHaveBeenCalledExactlyOnceWith({
    source: "Staging",
    cluster: undefined,
    target: "Production",
    names: ["ConfigMap/settings:URL", "Secret/keys"],
  });
});

it("says which right is missing to bring them", async () => {
  server.use(holding("maintainer", { environments: ["Production"] }));
  const { user, onBring } = opened(missing);
  const button = await screen.findByRole("button", { name: /Requires the right maintain on shop in Staging/ });
  await user.click(button);
  expect(onBring).not.toHaveBeenCalled();
});

it("leaves many keys to the comparison, which names them all", () => {
  opened({ ...missing, count: 300 });
  expect(screen.getByText(/298 more/)).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("is not there where nothing is missing", () => {
  const { container } = opened(null);
  expect(container).not.toHaveTextContent(/missing/);
});
