import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Hold } from "@/api/contract";
import { useCreateHold, useLiftHold } from "@/api/gates";
import { asProblem } from "@/api/problem";
import { heldPlace } from "@/lib/gates";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { ProblemAlert } from "@/ui/problem-alert";

/** Asks before a hold is lifted. */
export function LiftHoldDialog({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const lift = useLiftHold(hold.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Lift the hold on ${heldPlace(hold)}?`}
      action="Lift the hold"
      destructive={false}
      pending={lift.isPending}
      error={lift.error}
      onConfirm={() => lift.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Automation goes on at once: where images are deployed automatically, it brings the newest.</Text>
    </ConfirmDialog>
  );
}

interface HoldDialogProps {
  environment: string;
  /** Null: the environment as a whole. */
  application: string | null;
  onClose: () => void;
}

/** Holds a place, with a reason. */
export function HoldDialog({ environment, application, onClose }: HoldDialogProps) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const create = useCreateHold();
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { environment, application, reason: reason.trim(), until: until ? new Date(until).toISOString() : null },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`Hold ${application ? `${application} in ${environment}` : environment}`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>
            Automation leaves {application ? `${application} in ${environment}` : `all applications in ${environment}`}{" "}
            alone. People can deploy, promote and roll back as before.
          </Text>
          <Textarea
            label="Reason"
            required
            data-autofocus
            rows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fault("reason")}
          />
          <TextInput
            type="datetime-local"
            label="Ends"
            description="By your clock; without it, when somebody lifts it"
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
            error={fault("until")}
          />
          {create.error ? <ProblemAlert error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={reason.trim() === ""}>
              Set the hold
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
