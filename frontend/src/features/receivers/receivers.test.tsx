import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Delivery, Provider, Receiver, ReceiverTestResult } from "@/api/contract";
import { makeDelivery } from "@/test/delivery-factories";
import { makeProvider, makeReceiver } from "@/test/push-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ReceiverPage } from "./receiver-page";
import { ReceiversSection } from "./receivers-section";

const page = (items: unknown[]) => HttpResponse.json({ items, next_cursor: null });
const lists = (...items: Receiver[]) => http.get(at("/receivers"), () => page(items));
const knows = (...items: Provider[]) => http.get(at("/providers"), () => HttpResponse.json({ items }));
const applications = http.get(at("/applications"), () => page([]));
const id = makeReceiver().id;

describe("the list of receivers", () => {
  it("shows the registry type, the status of the last delivery, and the deliveries of 24 hours", async () => {
    server.use(
      lists(
        makeReceiver({
          weak: true,
          last_delivery_at: new Date(Date.now() - 125_000).toISOString(),
          last_delivery_fate: "unmatched",
          deliveries_24h: { accepted: 3, rejected: 1 },
        }),
      ),
    );
    render(<ReceiversSection />);
    const row = (await screen.findByRole("rowheader", { name: /Harbor of shop/ })).closest("tr")!;
    expect(row).toHaveTextContent("Harbor, weak authentication");
    expect(row).toHaveTextContent("last 2 minutes ago");
    expect(within(row).getByText("Not running")).toBeInTheDocument();
    expect(within(row).getByText("last 24 hours: 3 accepted, 1 unauthenticated")).toBeInTheDocument();
  });

  it("creates one with the settings of its provider, and shows its secret once", async () => {
    const sent: unknown[] = [];
    server.use(
      lists(),
      applications,
      knows(
        makeProvider({ settings: ["topics"], needs: [["topics"]], title: "ECR by SNS", provider: "ecr-sns" }),
        makeProvider({ proof: { kind: "none", sentence: "It proves nothing.", weak: true, lacks: "Any sender can." } }),
      ),
      http.post(at("/receivers"), async ({ request }) => {
        sent.push(await request.json());
        const issued = {
          ...makeReceiver(),
          secret: "shown-once",
          full_address: "/webhooks/abc",
          setup: ["Endpoint URL: /webhooks/abc", "Auth header: Bearer shown-once"],
        };
        return HttpResponse.json(issued, { status: 201 });
      }),
    );
    const { user, queryClient } = render(<ReceiversSection />);
    await user.click(await screen.findByRole("button", { name: "New receiver" }));
    await user.click(await screen.findByRole("combobox", { name: /^Registry type/ }));
    await user.click(screen.getByRole("option", { name: "Harbor", hidden: true }));
    expect(screen.getByText("Any sender can.")).toBeInTheDocument();
    await user.type(screen.getByRole("textbox", { name: /^Name/ }), "shop");
    await user.type(screen.getByRole("textbox", { name: /^Header/ }), "X-Key");
    expect(screen.queryByRole("textbox", { name: /^Topics/ })).not.toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Create receiver" }));

    expect(await screen.findByText("shown-once")).toBeInTheDocument();
    expect(sent).toEqual([{ name: "shop", provider: "harbor", application: null, settings: { header: "X-Key" } }]);
    expect(screen.getByText("Endpoint URL: http://localhost:3000/webhooks/abc")).toBeInTheDocument();
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("shown-once")).not.toBeInTheDocument();
    const kept = queryClient.getQueryCache().getAll();
    expect(JSON.stringify(kept.map(({ state }) => state.data))).not.toContain("shown-once");
    await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
  });

  it("requires the settings that its provider needs", async () => {
    server.use(lists(), applications, knows(makeProvider({ settings: ["topics"], needs: [["topics"]] })));
    const { user } = render(<ReceiversSection />);
    await user.click(await screen.findByRole("button", { name: "New receiver" }));
    await user.click(await screen.findByRole("combobox", { name: /^Registry type/ }));
    await user.click(screen.getByRole("option", { name: "Harbor", hidden: true }));
    await user.type(screen.getByRole("textbox", { name: /^Name/ }), "shop");
    expect(screen.getByText("Required: Topics.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Create receiver" })).toBeDisabled();
  });
});

const tested = (over: Partial<ReceiverTestResult> = {}): ReceiverTestResult => ({
  proof: { kind: "header", sentence: "The secret comes in a header.", given: "none", detail: "There is no header." },
  events: [{ image: "registry.example/shop/web:1.5.0", digest: null, ignored: null, reason: null }],
  unreadable: null,
  environments: [
    {
      image: "registry.example/shop/web:1.5.0",
      application: "shop",
      environment: "Staging",
      workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
      container: "web",
      verdict: "refused",
      rule: "semver",
      reason: "1.5.0 is not in ^2.",
      would_deploy: false,
    },
  ],
  ...over,
});

describe("a receiver's page", () => {
  const open = (deliveries: Delivery[] = [], receiver = makeReceiver()) => {
    server.use(
      knows(makeProvider()),
      http.get(at(`/receivers/${id}`), () => HttpResponse.json(receiver)),
      http.get(at(`/receivers/${id}/deliveries`), () => page(deliveries)),
    );
    const onDeleted = vi.fn();
    return {
      onDeleted,
      ...render(<ReceiverPage receiver={id} fate={undefined} onFate={vi.fn()} onDeleted={onDeleted} />),
    };
  };

  it("shows the setup steps with the address and without the secret", async () => {
    open();
    const steps = await screen.findByRole("list", { name: "Setup steps" });
    expect(steps).toHaveTextContent(`Endpoint URL: http://localhost:3000/webhooks/${id}`);
    expect(steps).toHaveTextContent("Auth header: Bearer SECRET");
  });

  it("lists deliveries with status, reason and images, and replays a stored one", async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at(`/receivers/${id}/test`), async ({ request }) => {
        asked.push(await request.json());
        return HttpResponse.json(tested());
      }),
    );
    const { user } = open([
      makeDelivery({ id: "1" }),
      makeDelivery({ id: "2", fate: "rejected", reason: "The header is missing.", images: [], kept: false }),
    ]);
    expect(await screen.findByText("registry.example/shop/web:1.5.0")).toBeInTheDocument();
    expect(screen.getByText("The header is missing.")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Replay" }));
    await user.click(await screen.findByRole("button", { name: "Run test" }));
    const list = await screen.findByRole("list", { name: "Effect on environments" });
    expect(list).toHaveTextContent("shop in Staging");
    expect(list).toHaveTextContent("1.5.0 is not in ^2.");
    expect(screen.getByRole("heading", { name: "No deployment" })).toBeInTheDocument();
    expect(screen.getByRole("dialog")).toHaveTextContent("Stagecoach does not store credentials with a delivery");
    expect(asked).toEqual([{ delivery: "1" }]);
  });

  it("tests a pasted payload with its headers and query", async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at(`/receivers/${id}/test`), async ({ request }) => {
        asked.push(await request.json());
        return HttpResponse.json(tested({ unreadable: "It is no JSON.", events: [], environments: [] }));
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Test a payload" }));
    await user.type(screen.getByRole("textbox", { name: /^Payload/ }), "hello");
    await user.click(screen.getByRole("button", { name: "Add headers and query" }));
    await user.type(screen.getByRole("textbox", { name: /^Headers/ }), "X-Key: one");
    await user.type(screen.getByRole("textbox", { name: /^Query/ }), "?key=two");
    await user.click(screen.getByRole("button", { name: "Run test" }));
    expect(await screen.findByText("It is no JSON.")).toBeInTheDocument();
    expect(screen.getByText("No credential")).toBeInTheDocument();
    expect(asked).toEqual([{ body: "hello", headers: { "X-Key": "one" }, query: { key: "two" } }]);

    await user.click(screen.getByRole("button", { name: "Remove headers and query" }));
    await user.click(screen.getByRole("button", { name: "Run test" }));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]).toEqual({ body: "hello", headers: {}, query: {} });
  });

  it("replaces the secret, and shows how long the previous one remains valid", async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at(`/receivers/${id}/rotate`), async ({ request }) => {
        asked.push(await request.json());
        const until = new Date(Date.now() + 3_700_000).toISOString();
        return HttpResponse.json({
          ...makeReceiver({ former_until: until }),
          secret: "new-secret",
          full_address: `/webhooks/${id}`,
          setup: [],
        });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Replace secret" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("choose how long that secret remains valid");
    await user.click(within(dialog).getByRole("combobox", { name: "Validity of the previous secret" }));
    await user.click(screen.getByRole("option", { name: "1 hour", hidden: true }));
    await user.click(within(dialog).getByRole("button", { name: "Create new secret" }));
    expect(await screen.findByText("new-secret")).toBeInTheDocument();
    expect(screen.getByRole("dialog")).toHaveTextContent("The previous secret remains valid and expires in 1 hour.");
    expect(asked).toEqual([{ keep_former_seconds: 3600 }]);
  });

  it("asks for confirmation before it deletes, and shows why it failed", async () => {
    server.use(http.delete(at(`/receivers/${id}`), () => problem(500, "unforeseen")));
    const { user, onDeleted } = open();
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Delete Harbor of shop" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Detail of unforeseen.");
    expect(onDeleted).not.toHaveBeenCalled();
  });

  it("shows viewers which role an action requires", async () => {
    server.use(holding("viewer"));
    open([makeDelivery()]);
    expect(
      await screen.findByRole("button", { name: /^Test a payload.*Requires the right maintain on/ }),
    ).toBeInTheDocument();
    expect(await screen.findByText("registry.example/shop/web:1.5.0")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Replay" })).not.toBeInTheDocument();
  });
});
