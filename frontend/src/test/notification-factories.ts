import type { Channel, NotificationRoute, SentNotification } from "@/api/contract";

export const makeChannel = (over: Partial<Channel> = {}): Channel => ({
  id: "01a23296-eac2-7a24-9aff-842be6e97e93",
  name: "Releases",
  kind: "slack",
  settings: {
    destination: null,
    conversation: "C0123ABCD",
    host: null,
    port: null,
    security: null,
    username: null,
    sender: null,
    recipients: [],
  },
  former_until: null,
  disabled_at: null,
  disabled_because: null,
  notifications: { waiting: 0, sent: 0, replaced: 0, dead: 0 },
  created_at: "2026-12-01T17:30:00Z",
  updated_at: "2026-12-01T17:30:00Z",
  ...over,
});

export const makeNotificationRoute = (over: Partial<NotificationRoute> = {}): NotificationRoute => ({
  id: "01a23296-ead0-745d-8769-ca3bee80ceb4",
  channel: makeChannel().id,
  channel_name: "Releases",
  events: ["operation.failed", "cluster.lost"],
  applications: null,
  environments: ["Production"],
  created_at: "2026-12-01T17:30:00Z",
  updated_at: "2026-12-01T17:30:00Z",
  ...over,
});

export const makeSentNotification = (over: Partial<SentNotification> = {}): SentNotification => ({
  id: "8f0f3d0e-6a39-4a50-9f3a-0d8f27f0a6c1",
  event_id: "01a23296-eb11-7a10-8d2b-5d3b1c8e7f20",
  type: "operation.failed",
  title: "Promotion of shop to Production failed",
  path: "/operations/0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f",
  state: "sent",
  attempts: 1,
  next_try_at: null,
  status: 200,
  error: null,
  occurred_at: "2026-12-01T17:30:00Z",
  ended_at: "2026-12-01T17:30:01Z",
  ...over,
});
