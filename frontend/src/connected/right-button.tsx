import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import type { Gate, Right } from "@/api/contract";
import { useLack, type Where } from "@/api/rights";
import { gateSentence } from "@/lib/gates";
import { Icon } from "@/ui/icons";

export interface RightButtonProps extends ButtonProps {
  needs: Right;
  /** Where the right is needed: on all applications in all environments, if nothing is said. */
  at?: Where;
  onClick: () => void;
  /** Why the button is disabled, apart from the user's rights. */
  blocked?: string | null;
  /** What is closed for the action. The button still leads to its preview, which can be looked at, and proposed. */
  gates?: readonly Gate[];
  children: ReactNode;
}

/** A button for an action that needs a right. A user without it sees the button disabled, with the right and its place. */
export function RightButton({ needs, at, blocked, gates = [], onClick, children, ...button }: RightButtonProps) {
  const reason = useLack(needs, at) ?? blocked;
  if (reason) {
    return (
      <Explained reason={reason}>
        <Button {...button} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
          {children}
          <span className="sc-unseen"> ({reason})</span>
        </Button>
      </Explained>
    );
  }
  if (gates.length === 0) {
    return (
      <Button {...button} onClick={onClick}>
        {children}
      </Button>
    );
  }
  const closed = gates.map(gateSentence).join(" ");
  const proposable = gates.every(({ kind }) => kind === "approval");
  return (
    <Explained reason={closed}>
      <Button {...button} leftSection={<Icon name={proposable ? "hand" : "lock"} size={14} />} onClick={onClick}>
        {children}
        <span className="sc-unseen"> ({closed})</span>
      </Button>
    </Explained>
  );
}

function Explained({ reason, children }: { reason: string; children: ReactNode }) {
  return (
    <Tooltip label={reason} withArrow multiline maw={300}>
      {children}
    </Tooltip>
  );
}
