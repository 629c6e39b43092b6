import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Proposal } from "@/api/contract";
import { useRight } from "@/api/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { placesOf } from "./model";
import { filedByMeQuery, useWithdraw } from "./queries";

/** Ends a proposal without a decision: for whoever filed it, and for who maintains all of its applications there. */
export function Withdrawal({ proposal }: { proposal: Proposal }) {
  const maintains = useRight("maintain", placesOf(proposal));
  const mine = useQuery({ ...filedByMeQuery(proposal), enabled: !maintains });
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const withdraw = useWithdraw(proposal.id);
  if (!maintains && mine.data !== true) return null;
  return (
    <>
      <Button variant="default" leftSection={<Icon name="back" />} onClick={() => setAsking(true)}>
        Withdraw
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Withdraw the proposal?"
        action="Withdraw it"
        pending={withdraw.isPending}
        error={withdraw.error}
        onConfirm={() => withdraw.mutate(reason.trim() || null, { onSuccess: () => setAsking(false) })}
      >
        <p>Nothing starts, and nobody can vote on it any more. It can be proposed again.</p>
        <Textarea
          label="Reason"
          description="Optional"
          rows={2}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </ConfirmDialog>
    </>
  );
}
