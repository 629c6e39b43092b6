import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Channel, NotificationRoute, SentNotification } from "@/api/contract";
import { makeChannel, makeNotificationRoute, makeSentNotification } from "@/test/notification-factories";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ChannelsSection } from "./channels-section";
import { RoutesSection } from "./routes-section";
import { SentSection } from "./sent-section";

const page = (items: unknown[]) => HttpResponse.json({ items, next_cursor: null });
const channels = (...items: Channel[]) => http.get(at("/channels"), () => page(items));
const routes = (...items: NotificationRoute[]) => http.get(at("/notification-routes"), () => page(items));
const places = [
  http.get(at("/applications"), () => page([{ name: "shop" }])),
  http.get(at("/environments"), () => page([{ name: "Production" }])),
];
const id = makeChannel().id;

describe("the channels", () => {
  it("creates a signed webhook, and shows its secret once", async () => {
    const sent: unknown[] = [];
    server.use(
      channels(),
      http.post(at("/channels"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ ...makeChannel({ name: "Log" }), secret: "whsec_once" }, { status: 201 });
      }),
    );
    const { user, queryClient } = render(<ChannelsSection onSelect={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: "New channel" }));
    await user.click(await screen.findByRole("combobox", { name: /^Kind/ }));
    await user.click(screen.getByRole("option", { name: "Signed webhook", hidden: true }));
    await user.type(screen.getByRole("textbox", { name: /^Name/ }), "Log");
    await user.type(screen.getByLabelText(/^Address/), "https://hooks.example/in");
    await user.click(screen.getByRole("button", { name: "Create channel" }));
    expect(await screen.findByText("whsec_once")).toBeInTheDocument();
    expect(sent).toEqual([{ name: "Log", kind: "webhook", settings: { url: "https://hooks.example/in" } }]);
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("whsec_once")).not.toBeInTheDocument();
    await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
  });

  it("sends a test and says why it did not arrive", async () => {
    server.use(
      channels(makeChannel()),
      http.post(at(`/channels/${id}/test`), () =>
        HttpResponse.json({ delivered: false, status: 200, detail: "Invite the bot to the channel." }),
      ),
    );
    const { user } = render(<ChannelsSection onSelect={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: /^Send a test/ }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Send a test" }));
    expect(await within(dialog).findByText("Not delivered")).toBeInTheDocument();
    expect(within(dialog).getByText("Invite the bot to the channel.")).toBeInTheDocument();
  });
});

describe("the routes", () => {
  it("leads everything to a channel where nothing is chosen", async () => {
    const sent: unknown[] = [];
    server.use(
      channels(makeChannel()),
      routes(),
      ...places,
      http.post(at("/notification-routes"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(makeNotificationRoute(), { status: 201 });
      }),
    );
    const { user } = render(<RoutesSection />);
    await user.click(await screen.findByRole("button", { name: "New route" }));
    await user.click(await screen.findByRole("button", { name: "Create route" }));
    await vi.waitFor(() =>
      expect(sent).toEqual([{ channel: id, events: null, applications: null, environments: null }]),
    );
  });

  it("says in words what a route leads where", async () => {
    server.use(channels(makeChannel()), routes(makeNotificationRoute({ applications: [] })), ...places);
    render(<RoutesSection />);
    const row = (await screen.findByRole("rowheader", { name: "Releases" })).closest("tr")!;
    expect(row).toHaveTextContent("Operation failed, Cluster lost");
    expect(row).toHaveTextContent("none any more in Production");
  });
});

describe("what was sent", () => {
  const dead = makeSentNotification({ state: "dead", attempts: 7, error: "The receiver answered 500." });
  const list = (...items: SentNotification[]) => http.get(at(`/channels/${id}/notifications`), () => page(items));

  it("sends again what could not be sent", async () => {
    const sent: unknown[] = [];
    server.use(
      channels(makeChannel()),
      list(dead),
      http.post(at(`/channels/${id}/notifications/resend`), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ count: 1 });
      }),
    );
    const { user } = render(<SentSection channel={id} state={undefined} onState={vi.fn()} />);
    expect(await screen.findByText("The receiver answered 500.")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Send again/ }));
    await vi.waitFor(() => expect(sent).toEqual([{ notifications: [dead.id] }]));
  });

  it("enables a channel that its receiver has disabled", async () => {
    const enabled = vi.fn();
    const gone = { disabled_at: "2026-12-01T17:30:00Z", disabled_because: "The receiver answered 410." };
    server.use(
      channels(makeChannel(gone)),
      list(),
      http.post(at(`/channels/${id}/enable`), () => {
        enabled();
        return HttpResponse.json(makeChannel());
      }),
    );
    const { user } = render(<SentSection channel={id} state={undefined} onState={vi.fn()} />);
    expect(await screen.findByText("The receiver answered 410.")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Enable Releases" }));
    await vi.waitFor(() => expect(enabled).toHaveBeenCalledOnce());
  });
});
