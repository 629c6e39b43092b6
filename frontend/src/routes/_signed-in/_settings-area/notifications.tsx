import { createFileRoute } from "@tanstack/react-router";
import { useCallback } from "react";
import type { OutboxState } from "@/api/contract";
import { allows, meQuery, useAllowed } from "@/api/me";
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
    const { role } = await queryClient.ensureQueryData(meQuery);
    if (!allows(role, "admin")) return;
    void queryClient.prefetchQuery(channelsQuery);
    void queryClient.prefetchQuery(notificationRoutesQuery);
  },
  component: NotificationsRoute,
});

function NotificationsRoute() {
  const { channel, state } = Route.useSearch();
  const navigate = Route.useNavigate();
  const allowed = useAllowed("admin");
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
        <EmptyState title="Administrator role required">
          <p>Only users with the admin role can see and change where notifications go.</p>
        </EmptyState>
      )}
    </Page>
  );
}
