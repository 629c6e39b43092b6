import { Textarea } from "@mantine/core";
import { useState } from "react";
import type { Gate, ProposalCreate } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { useFileProposal } from "@/api/proposals";
import { takesApproval } from "@/lib/gates";
import { ProblemAlert } from "@/ui/problem-alert";

/** A change as it is filed; its reason is asked for here. */
export type ProposedChange = Omit<ProposalCreate, "comment">;

interface ProposingOptions {
  /** The gates of the plan that is shown; undefined while there is none. */
  gates: readonly Gate[] | undefined;
  /** Why the start was refused: a policy may be younger than the preview. */
  refused: unknown;
  /** The change with the plan that is shown; undefined where nothing can be proposed. */
  change: ProposedChange | undefined;
  onProposed: (proposal: string) => void;
  /** Called when the service refuses the plan as outdated. */
  onOutdated: () => void;
}

/** Proposes a change in place of starting it, where the environment's policy lets it take approvals. */
export function useProposing({ gates, refused, change, onProposed, onOutdated }: ProposingOptions) {
  const [reason, setReason] = useState("");
  const filing = useFileProposal({
    onFiled: onProposed,
    onError: (error) => {
      if (asProblem(error).code === "plan-outdated") onOutdated();
    },
  });
  const asked = takesApproval(gates ?? []) || asProblem(refused).code === "approval-required";
  return {
    /** Whether the change is proposed, and not started. */
    wanted: asked && change !== undefined,
    reason,
    setReason,
    file: () => {
      if (change !== undefined) filing.mutate({ ...change, comment: reason.trim() || null });
    },
    filing: filing.isPending,
    error: filing.error,
  };
}

/** Asks for the reason of a proposal, and shows why it could not be filed; nothing where none is wanted. */
export function ProposalFields({ proposing }: { proposing: ReturnType<typeof useProposing> }) {
  if (!proposing.wanted) return null;
  return (
    <>
      <Textarea
        label="Why"
        description="Optional. It is shown to those who vote on the proposal"
        rows={2}
        maxLength={2000}
        value={proposing.reason}
        onChange={(event) => proposing.setReason(event.currentTarget.value)}
      />
      {proposing.error ? <ProblemAlert error={proposing.error} /> : null}
    </>
  );
}
