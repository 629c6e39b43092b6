import { TextInput } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import type { ScopedTokenCreate, Token } from "@/api/contract";
import { RoleField } from "@/ui/role-field";
import { namesOf } from "./model";
import { TokenDialog } from "./token-dialog";

interface ScopedTokenDialogProps {
  /** Whose rights the token has, as `your` or `deployer's`. */
  whose: string;
  create: UseMutationResult<Token & { token: string }, Error, ScopedTokenCreate>;
  onClose: () => void;
}

/** Creates a token that acts for somebody, within a role and in some places. */
export function ScopedTokenDialog({ whose, create, onClose }: ScopedTokenDialogProps) {
  const [applications, setApplications] = useState("");
  const [environments, setEnvironments] = useState("");
  return (
    <TokenDialog
      create={create}
      input={(token) => ({
        ...token,
        applications: namesOf(applications),
        environments: namesOf(environments),
      })}
      grants={() => `It grants ${whose} rights, within its role, to every holder.`}
      namePlaceholder="laptop"
      roleField={(role, onChange) => <RoleField label="At most the role" value={role} onChange={onChange} />}
      onClose={onClose}
    >
      <TextInput
        label="Only for applications"
        description="Names, separated by commas; empty for all"
        value={applications}
        onChange={(event) => setApplications(event.currentTarget.value)}
      />
      <TextInput
        label="Only in environments"
        description="Names, separated by commas; empty for all"
        value={environments}
        onChange={(event) => setEnvironments(event.currentTarget.value)}
      />
    </TokenDialog>
  );
}
