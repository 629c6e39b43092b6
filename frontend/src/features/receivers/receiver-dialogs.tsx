import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Receiver } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { IssuedView } from "./issued-receiver";
import { keepFormer } from "./model";
import { useCreateReceiver, useDeleteReceiver, useRotateSecret, useUpdateReceiver } from "./mutations";
import { providersQuery } from "./queries";
import { ReceiverForm } from "./receiver-form";

// What shows a secret is closed by nothing but its own button.
const heldOpen = { closeOnClickOutside: false, closeOnEscape: false, withCloseButton: false } as const;

/** Asks who will report, and then shows address, secret and what to do with them: once. */
export function CreateReceiverDialog({ onClose }: { onClose: () => void }) {
  const providers = useQuery(providersQuery);
  const create = useCreateReceiver();
  return create.data ? (
    <Modal opened onClose={onClose} size="lg" title={`The receiver ${create.data.name}`} {...heldOpen}>
      <IssuedView issued={create.data} onClose={onClose} />
    </Modal>
  ) : (
    <Modal opened onClose={onClose} size="lg" title="New receiver">
      <Loaded query={providers} what="kinds of registries">
        {(known) => (
          <ReceiverForm
            providers={known}
            receiver={null}
            pending={create.isPending}
            error={create.error}
            onSubmit={(wanted) => create.mutate(wanted)}
            onCancel={onClose}
          />
        )}
      </Loaded>
    </Modal>
  );
}

interface ReceiverDialogProps {
  receiver: Receiver;
  onClose: () => void;
}

export function ChangeReceiverDialog({ receiver, onClose }: ReceiverDialogProps) {
  const providers = useQuery(providersQuery);
  const update = useUpdateReceiver(receiver.id);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Change ${receiver.name}`}>
      <Loaded query={providers} what="kinds of registries">
        {(known) => (
          <ReceiverForm
            providers={known}
            receiver={receiver}
            pending={update.isPending}
            error={update.error}
            onSubmit={({ name, application, settings }) =>
              update.mutate({ name, application, settings }, { onSuccess: onClose })
            }
            onCancel={onClose}
          />
        )}
      </Loaded>
    </Modal>
  );
}

export function RotateSecretDialog({ receiver, onClose }: ReceiverDialogProps) {
  const rotate = useRotateSecret(receiver.id);
  const [keep, setKeep] = useState<string>("86400");
  if (rotate.data)
    return (
      <Modal opened onClose={onClose} size="lg" title={`The new secret of ${receiver.name}`} {...heldOpen}>
        <IssuedView issued={rotate.data} onClose={onClose} />
      </Modal>
    );
  return (
    <Modal opened onClose={onClose} title={`Replace the secret of ${receiver.name}?`}>
      <Stack gap="md">
        <Text>
          A new secret is made and shown once. Until the registry has been told, it goes on reporting with the former
          one, which counts as well for as long as you say here.
        </Text>
        <Select
          label="The former secret counts"
          allowDeselect={false}
          data={[...keepFormer]}
          value={keep}
          onChange={(value) => value && setKeep(value)}
        />
        {receiver.former_until ? (
          <Text size="sm" c="dimmed">
            A replacement is under way already: the secret before the present one ends{" "}
            <Time at={receiver.former_until} />. Replacing again ends it now.
          </Text>
        ) : null}
        {rotate.error ? <ProblemAlert error={rotate.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate(Number(keep))}>
            Make a new secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function DeleteReceiverDialog({
  receiver,
  onClose,
  onDeleted,
}: ReceiverDialogProps & { onDeleted: () => void }) {
  const remove = useDeleteReceiver(receiver.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${receiver.name}?`}
      action={`Delete ${receiver.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted })}
    >
      <Text>
        Its address is gone for good: {receiver.title} is refused from now on, and images that it pushes are not seen
        here. The list of deliveries goes too; images that came stay.
      </Text>
    </ConfirmDialog>
  );
}
