import { createFileRoute } from "@tanstack/react-router";
import { useCallback } from "react";
import type { OutboxState } from "@/api/contract";
import { administers, rightsQuery, useRight } from "@/api/rights";
import { ChannelsSection } from "@/features/notifications/channels-section";
import { states } from "@/features/notifications/model";
import { channelsQuery, notificationRoutesQuery } from "@/features/notifications/queries";
import { RoutesSection } from "@/features/notifications/routes-section";
import { SentSection } from "@/features/notifications/sent-section";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";

interface Search {
  channel?: string;
  state?: OutboxState;
}

export const Route = createFileRoute("/_signed-in/_settings-area/notifications")({
  validateSearch: (search): Search => ({
    channel: typeof search.channel === "string" ? search.channel : undefined,
    state: states.find((each) => each === search.state),
  }),
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (!administers(held)) return;
    void queryClient.prefetchQuery(channelsQuery);
    void queryClient.prefetchQuery(notificationRoutesQuery);
  },
  component: NotificationsRoute,
});

function NotificationsRoute() {
  const { channel, state } = Route.useSearch();
  const navigate = Route.useNavigate();
  const allowed = useRight("administer");
  const select = useCallback((chosen: string) => void navigate({ search: { channel: chosen } }), [navigate]);
  return (
    <Page title="Notifications" below="What people and programs are told, and where it goes">
      {allowed ? (
        <>
          <ChannelsSection onSelect={select} />
          <RoutesSection />
          {channel ? (
            <SentSection
              channel={channel}
              state={state}
              onState={(chosen) => void navigate({ search: { channel, state: chosen }, replace: true })}
            />
          ) : null}
        </>
      ) : (
        <EmptyState title="Only for administrators">
          <p>Only users with the right administer can see and change where notifications go.</p>
        </EmptyState>
      )}
    </Page>
  );
}
