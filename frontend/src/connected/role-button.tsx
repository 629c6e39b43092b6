import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import type { Role } from "@/api/contract";
import { useAllowed } from "@/api/me";

interface RoleButtonProps extends ButtonProps {
  needs: Role;
  onClick: () => void;
  /** Why the button is disabled, apart from the user's role. */
  blocked?: string | null;
  children: ReactNode;
}

/** A button for an action that needs a role. A user without that role sees it disabled, with the role it needs. */
export function RoleButton({ needs, blocked, onClick, children, ...button }: RoleButtonProps) {
  const allowed = useAllowed(needs);
  const reason = allowed ? blocked : `Requires the ${needs} role.`;
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
