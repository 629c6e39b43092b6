import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Receiver } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { IssuedView } from "./issued-receiver";
import { previousSecretValidity } from "./model";
import { useCreateReceiver, useDeleteReceiver, useRotateSecret, useUpdateReceiver } from "./mutations";
import { providersQuery } from "./queries";
import { ReceiverForm } from "./receiver-form";

// A dialog that shows a secret is closed by its own button only. It has a key of its own: as the continuation of the form's
// dialog it would keep the form's scroll position, and begin below its first lines.
const closedByButton = { closeOnClickOutside: false, closeOnEscape: false, withCloseButton: false } as const;

/** Creates a receiver, then shows its address, its secret and the setup steps once. */
export function CreateReceiverDialog({ onClose }: { onClose: () => void }) {
  const providers = useQuery(providersQuery);
  const create = useCreateReceiver();
  return create.data ? (
    <Modal
      key="issued"
      opened
      onClose={onClose}
      size="lg"
      title={`The receiver ${create.data.name}`}
      {...closedByButton}
    >
      <IssuedView issued={create.data} onClose={onClose} />
    </Modal>
  ) : (
    <Modal key="form" opened onClose={onClose} size="lg" title="New receiver">
      <Loaded query={providers} what="kinds of registries">
        {(known) => (
          <ReceiverForm
            providers={known}
            receiver={null}
            pending={create.isPending}
            error={create.error}
            onSubmit={(input) => create.mutate(input)}
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

export function EditReceiverDialog({ receiver, onClose }: ReceiverDialogProps) {
  const providers = useQuery(providersQuery);
  const update = useUpdateReceiver(receiver.id);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Edit ${receiver.name}`}>
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
      <Modal
        key="issued"
        opened
        onClose={onClose}
        size="lg"
        title={`The new secret of ${receiver.name}`}
        {...closedByButton}
      >
        <IssuedView issued={rotate.data} onClose={onClose} />
      </Modal>
    );
  return (
    <Modal key="form" opened onClose={onClose} title={`Replace the secret of ${receiver.name}?`}>
      <Stack gap="md">
        <Text>
          Stagecoach creates a new secret and shows it once. Until you have updated the registry, it keeps using the
          previous secret: choose how long that secret remains valid.
        </Text>
        <Select
          label="Validity of the previous secret"
          allowDeselect={false}
          data={[...previousSecretValidity]}
          value={keep}
          onChange={(value) => value && setKeep(value)}
        />
        {receiver.former_until ? (
          <Text size="sm" c="dimmed">
            The secret was replaced recently: the one before it expires <Time at={receiver.former_until} />. Replacing
            the secret again makes that one expire now.
          </Text>
        ) : null}
        {rotate.error ? <ProblemAlert error={rotate.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate(Number(keep))}>
            Create new secret
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
        Stagecoach deletes the receiver's address and its deliveries, and refuses further deliveries from{" "}
        {receiver.title}. Images that it has reported stay.
      </Text>
    </ConfirmDialog>
  );
}
