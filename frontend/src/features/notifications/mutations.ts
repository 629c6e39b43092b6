import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ChannelCreate, ChannelUpdate, NotificationRouteCreate, NotificationRouteUpdate } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.channels.all }),
      queryClient.invalidateQueries({ queryKey: keys.notificationRoutes }),
    ]);
}

// What is sent or received contains a secret: the cache drops it when the dialog is closed.
const notCached = { gcTime: 0 } as const;
const at = (channel: string) => ({ params: { path: { channel } } });

export function useCreateChannel() {
  return useMutation({
    ...notCached,
    mutationFn: (channel: ChannelCreate) => body(api.POST("/api/v1/channels", { body: channel })),
    onSuccess: useRefresh(),
  });
}

export function useUpdateChannel(channel: string) {
  return useMutation({
    ...notCached,
    mutationFn: (changes: ChannelUpdate) =>
      body(api.PATCH("/api/v1/channels/{channel}", { ...at(channel), body: changes })),
    onSuccess: useRefresh(),
  });
}

export function useRotateChannel(channel: string) {
  return useMutation({
    ...notCached,
    mutationFn: (validSeconds: number) =>
      body(
        api.POST("/api/v1/channels/{channel}/rotate", { ...at(channel), body: { keep_former_seconds: validSeconds } }),
      ),
    onSuccess: useRefresh(),
  });
}

export function useSwitchChannel(channel: string) {
  return useMutation({
    mutationFn: (enabled: boolean) =>
      body(
        enabled
          ? api.POST("/api/v1/channels/{channel}/enable", at(channel))
          : api.POST("/api/v1/channels/{channel}/disable", at(channel)),
      ),
    onSuccess: useRefresh(),
  });
}

export function useDeleteChannel(channel: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/channels/{channel}", at(channel))),
    onSuccess: useRefresh(),
  });
}

/** Sends a test. It is not stored, so that no query is invalidated. */
export function useTestChannel(channel: string) {
  return useMutation({ mutationFn: () => body(api.POST("/api/v1/channels/{channel}/test", at(channel))) });
}

/** Sends dead notifications again: one, or with null all of them. */
export function useSendAgain(channel: string) {
  return useMutation({
    mutationFn: (notification: string | null) =>
      body(
        api.POST("/api/v1/channels/{channel}/notifications/resend", {
          ...at(channel),
          body: { notifications: notification === null ? null : [notification] },
        }),
      ),
    onSuccess: useRefresh(),
  });
}

/** Creates a route, or changes the one with this id. */
export function useSaveRoute(route: string | null) {
  return useMutation({
    mutationFn: (given: NotificationRouteCreate & NotificationRouteUpdate) =>
      body(
        route === null
          ? api.POST("/api/v1/notification-routes", { body: given })
          : api.PATCH("/api/v1/notification-routes/{notification_route}", {
              params: { path: { notification_route: route } },
              body: given,
            }),
      ),
    onSuccess: useRefresh(),
  });
}

export function useDeleteRoute(route: string) {
  return useMutation({
    mutationFn: () =>
      body(
        api.DELETE("/api/v1/notification-routes/{notification_route}", {
          params: { path: { notification_route: route } },
        }),
      ),
    onSuccess: useRefresh(),
  });
}
