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
        Stagecoach refuses the token, and signs out every browser that signed in with it. Operations that it started
        continue. You cannot undo this.
      </Text>
      <Text mt="xs">
        {token.last_used_at ? (
          <>
            It was last used <Time at={token.last_used_at} />.
          </>
        ) : (
          "It was never used."
        )}
        {token.name === me?.name
          ? " You are signed in with this token: you will have to sign in with another one."
          : ""}
      </Text>
    </ConfirmDialog>
  );
}
