import { Textarea } from "@mantine/core";
import { useState } from "react";
import type { Gate, ProposalCreate } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { useFileProposal } from "@/api/proposals";
import { beside, blockedByGates, takesApproval } from "@/lib/gates";
import { ProblemAlert } from "@/ui/problem-alert";
import { BreakGlassFields, type BreakGlass } from "./break-glass";

/** A change as it is filed; its reason is asked for here. */
export type ProposedChange = Omit<ProposalCreate, "comment">;

interface ProposingOptions {
  /** The gates of the plan that is shown; undefined while there is none. */
  gates: readonly Gate[] | undefined;
  /** Why the start was refused: a policy may be younger than the preview. */
  refused: unknown;
  /** The change with the plan that is shown; undefined where nothing can be proposed. */
  change: ProposedChange | undefined;
  /** Whether its user may start it without approvals, and does. */
  glass: BreakGlass;
  onProposed: (proposal: string) => void;
  /** Called when the service refuses the plan as outdated. */
  onOutdated: () => void;
}

/**
 * Proposes a change in place of starting it, where the environment's policy lets it take approvals; or starts it without
 * them, for those who may.
 */
export function useProposing({ gates = [], refused, change, glass, onProposed, onOutdated }: ProposingOptions) {
  const [reason, setReason] = useState("");
  const filing = useFileProposal({
    onFiled: onProposed,
    onError: (error) => {
      if (asProblem(error).code === "plan-outdated") onOutdated();
    },
  });
  const asked = change !== undefined && (takesApproval(gates) || asProblem(refused).code === "approval-required");
  const broken = asked && glass.chosen;
  const wanted = asked && !broken;
  const file = () => {
    if (change !== undefined) filing.mutate({ ...change, comment: reason.trim() || null });
  };
  return {
    /** Whether the change is proposed, and not started. */
    wanted,
    /** Starting without approvals, where that is offered. */
    glass: asked && glass.held ? glass : null,
    reason,
    setReason,
    /** Why the gates, of these, keep its user from proposing or starting it; null if they do not. */
    blockedBy: (closed: readonly Gate[]): string | null => {
      // What waits for votes is kept from starting by no other gate before the last of them.
      if (wanted) return null;
      if (!broken) return blockedByGates(closed);
      return blockedByGates(beside("approval", closed)) ?? (glass.reason ? null : "Say why it cannot wait.");
    },
    /** What the button does: it proposes, starts without approvals, or starts. */
    action: (label: string, start: () => void) => {
      if (wanted) return { children: "Propose", onClick: file };
      return broken
        ? { children: "Start without approvals", onClick: start, color: "red" }
        : { children: label, onClick: start };
    },
    filing: filing.isPending,
    error: filing.error,
  };
}

/** Asks for the reason of a proposal, or of starting without one, and shows why it could not be filed. */
export function ProposalFields({ proposing }: { proposing: ReturnType<typeof useProposing> }) {
  return (
    <>
      {proposing.wanted ? (
        <Textarea
          label="Why"
          description="Optional. It is shown to those who vote on the proposal"
          rows={2}
          maxLength={2000}
          value={proposing.reason}
          onChange={(event) => proposing.setReason(event.currentTarget.value)}
        />
      ) : null}
      {proposing.glass ? <BreakGlassFields glass={proposing.glass} /> : null}
      {proposing.wanted && proposing.error ? <ProblemAlert error={proposing.error} /> : null}
    </>
  );
}
