import type { Person } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { useDisablePerson } from "./mutations";

/** Asks before a person is disabled, or enabled again. */
export function DisablePersonDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const disable = useDisablePerson(person.id);
  const disabled = person.disabled_at !== null;
  const word = disabled ? "Enable" : "Disable";
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`${word} ${person.name}?`}
      action={`${word} ${person.name}`}
      destructive={!disabled}
      pending={disable.isPending}
      error={disable.error}
      onConfirm={() => disable.mutate(!disabled, { onSuccess: onClose })}
    >
      {disabled
        ? "The person can sign in again, with what is bound to them and to their groups. Their tokens work again."
        : "All their sessions end at once, signing in is refused, and so are their tokens. What is bound to them stays for when they are enabled again."}
    </ConfirmDialog>
  );
}
