import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import type { Role } from "@/api/contract";
import { useAllowed } from "@/api/me";

interface RoleButtonProps extends ButtonProps {
  needs: Role;
  onClick: () => void;
  /** A reason of its own why it cannot be pressed now. */
  blocked?: string | null;
  children: ReactNode;
}

/**
 * A button for those whose role allows it. For everybody else it stays where it is and says what it would need: nobody
 * searches for a button that a colleague has.
 */
export function RoleButton({ needs, blocked, onClick, children, ...button }: RoleButtonProps) {
  const allowed = useAllowed(needs);
  const reason = allowed ? blocked : `Needs the role ${needs}.`;
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
