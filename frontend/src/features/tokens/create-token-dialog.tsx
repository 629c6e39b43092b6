import { RoleField } from "@/ui/role-field";
import { useCreateToken } from "./mutations";
import { TokenDialog } from "./token-dialog";

/** Creates a token that acts as itself. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  return (
    <TokenDialog
      create={useCreateToken()}
      input={(token) => token}
      grants={({ role }) => `The token grants the ${role} role to every holder.`}
      usage={
        <>
          Sign in with the token, or send it as <code>Authorization: Bearer …</code>.
        </>
      }
      nameDescription="The person or program that uses the token; shown in the history as the actor"
      namePlaceholder="ci of shop"
      unlimited
      roleField={(role, onChange) => <RoleField value={role} onChange={onChange} />}
      onClose={onClose}
    />
  );
}
