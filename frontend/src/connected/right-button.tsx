import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import type { Right } from "@/api/contract";
import { useLack, type Where } from "@/api/rights";

interface RightButtonProps extends ButtonProps {
  needs: Right;
  /** Where the right is needed: on all applications in all environments, if nothing is said. */
  at?: Where;
  onClick: () => void;
  /** Why the button is disabled, apart from the user's rights. */
  blocked?: string | null;
  children: ReactNode;
}

/** A button for an action that needs a right. A user without it sees the button disabled, with the right and its place. */
export function RightButton({ needs, at, blocked, onClick, children, ...button }: RightButtonProps) {
  const reason = useLack(needs, at) ?? blocked;
  if (!reason) {
    return (
      <Button {...button} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={reason} withArrow multiline maw={300}>
      <Button {...button} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
        {children}
        <span className="sc-unseen"> ({reason})</span>
      </Button>
    </Tooltip>
  );
}
