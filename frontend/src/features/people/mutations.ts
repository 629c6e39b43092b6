import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

/** Disables the person, which ends all their sessions, or enables them again. */
export function useDisablePerson(person: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (disabled: boolean) =>
      body(
        disabled
          ? api.POST("/api/v1/people/{person}/disable", { params: { path: { person } } })
          : api.POST("/api/v1/people/{person}/enable", { params: { path: { person } } }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.people.all }),
  });
}

export function useEndSessionsOfPerson(person: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/people/{person}/sessions", { params: { path: { person } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.people.sessions(person) }),
  });
}
