import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { MatrixCell } from "@/api/contract";
import { makeHold } from "@/test/gate-factories";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ApplicationsPage } from "./applications-page";

const cellIn = (environment: string): MatrixCell => ({
  environment,
  configured: true,
  images: [],
  health: "ready",
  skew: false,
  drift: false,
  not_level: [],
  stale: false,
  deploy_mode: "auto",
  follow: null,
  active_operation: null,
  missing_keys: null,
  custom_resources: null,
});

it("says of an environment that is held that automation leaves it alone, until when and why", async () => {
  const environments = ["Staging", "Production"];
  const cells = environments.map(cellIn);
  server.use(
    http.get(at("/overview"), () =>
      HttpResponse.json({
        environments,
        items: [{ application: "shop", description: "", cells }],
        read_at: "2026-11-23T12:00:00Z",
        next_cursor: null,
      }),
    ),
    http.get(at("/holds"), () =>
      HttpResponse.json({
        items: [makeHold({ environment: "Production", application: null, reason: "Payments fail." })],
      }),
    ),
  );
  render(<ApplicationsPage search="" onSearch={vi.fn()} onCreated={vi.fn()} promoting={null} onPromote={vi.fn()} />);
  expect(await screen.findByText(/Until somebody lifts it: Payments fail\./)).toBeInTheDocument();
  const [staging, production] = screen.getAllByRole("cell");
  expect(staging).toHaveTextContent("auto");
  expect(production).toHaveTextContent("On hold");
  expect(production).not.toHaveTextContent("auto");
});

it("says which cluster is not level, and leads to where it is brought level", async () => {
  server.use(
    http.get(at("/overview"), () =>
      HttpResponse.json({
        environments: ["Production"],
        items: [{ application: "shop", description: "", cells: [{ ...cellIn("Production"), not_level: ["prod-us"] }] }],
        read_at: "2026-11-23T12:00:00Z",
        next_cursor: null,
      }),
    ),
    http.get(at("/holds"), () => HttpResponse.json({ items: [] })),
  );
  render(<ApplicationsPage search="" onSearch={vi.fn()} onCreated={vi.fn()} promoting={null} onPromote={vi.fn()} />);
  expect((await screen.findByText("prod-us not level")).closest("a")).toHaveAttribute(
    "href",
    "/environments?environment=Production&level=prod-us",
  );
});
