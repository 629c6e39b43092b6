import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { MouseEvent, ReactNode } from "react";
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

/**
 * A button for an action that needs a right. A user without it sees the button disabled, with the right and its place.
 *
 * It stays the same element when the reason comes or goes, so that it keeps the focus of whoever stands on it.
 */
export function RightButton({ needs, at, blocked, gates = [], onClick, children, ...button }: RightButtonProps) {
  const reason = useLack(needs, at) ?? blocked;
  const said = reason || gates.map(gateSentence).join(" ");
  const state = reason
    ? { "data-disabled": true, "aria-disabled": true, onClick: (event: MouseEvent) => event.preventDefault() }
    : { onClick };
  const proposable = gates.every(({ kind }) => kind === "approval");
  const lock =
    !reason && gates.length > 0 ? { leftSection: <Icon name={proposable ? "hand" : "lock"} size={14} /> } : {};
  return (
    <Tooltip label={said} disabled={!said} withArrow multiline maw={300}>
      <Button {...button} {...lock} {...state}>
        {children}
        {said ? <span className="sc-unseen"> ({said})</span> : null}
      </Button>
    </Tooltip>
  );
}
