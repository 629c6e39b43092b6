import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemAlert } from "./problem-alert";

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What the action does, in one or two sentences. */
  children: ReactNode;
  /** The button's text, a verb: "Delete prod-eu". */
  action: string;
  /** The text of the button that leaves everything as it is. */
  dismiss?: string;
  onConfirm: () => void;
  pending: boolean;
  error: unknown;
  destructive?: boolean;
  /** False while something is missing that the action needs. */
  ready?: boolean;
}

/** Asks for confirmation before an action that is hard to revert. The button that dismisses the dialog has the focus. */
export function ConfirmDialog({
  opened,
  onClose,
  title,
  children,
  action,
  dismiss = "Cancel",
  onConfirm,
  pending,
  error,
  destructive = true,
  ready = true,
}: ConfirmDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <Stack gap="md">
        <div>{children}</div>
        {error ? <ProblemAlert error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {dismiss}
          </Button>
          <Button color={destructive ? "red" : undefined} disabled={!ready} loading={pending} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
