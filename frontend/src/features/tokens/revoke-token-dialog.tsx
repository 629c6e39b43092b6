import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Token } from "@/api/contract";
import { meQuery } from "@/api/me";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Time } from "@/ui/time";
import { useRevokeToken } from "./mutations";

export function RevokeTokenDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { data: me } = useQuery(meQuery);
  const revoke = useRevokeToken(token.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      action={`Revoke ${token.name}`}
      pending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        The token, and every browser that signed in with it, is refused from now on. Operations that it started go on.
        This cannot be taken back.
      </Text>
      <Text mt="xs">
        {token.last_used_at ? (
          <>
            It was last used <Time at={token.last_used_at} />.
          </>
        ) : (
          "It was never used."
        )}
        {token.name === me?.name ? " You are signed in with it: you will have to sign in with another one." : ""}
      </Text>
    </ConfirmDialog>
  );
}
