import { ActionIcon, Menu, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useLack } from "@/api/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { useDeleteApplication } from "./mutations";

// Loaded on demand: no other part of the page needs its form fields.
const EditApplicationDialog = lazy(async () => ({
  default: (await import("./edit-application-dialog")).EditApplicationDialog,
}));

interface ApplicationMenuProps {
  application: string;
  onRenamed: (name: string) => void;
  onDeleted: () => void;
}

/** The menu with the rare actions on an application: edit and delete. */
export function ApplicationMenu({ application, onRenamed, onDeleted }: ApplicationMenuProps) {
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const lack = useLack("maintain", { application });
  const remove = useDeleteApplication(application);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={`More actions for ${application}`}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={lack !== null} onClick={() => setOpen("edit")}>
            Edit name, description and labels
          </Menu.Item>
          <Menu.Item color="red" disabled={lack !== null} onClick={() => setOpen("delete")}>
            Delete application
          </Menu.Item>
          {lack === null ? null : <Menu.Label>{lack}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      {open === "edit" ? (
        <Suspense fallback={null}>
          <EditApplicationDialog application={application} onClose={() => setOpen(null)} onRenamed={onRenamed} />
        </Suspense>
      ) : null}
      <ConfirmDialog
        opened={open === "delete"}
        onClose={() => setOpen(null)}
        title={`Delete ${application}?`}
        action={`Delete ${application}`}
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted })}
      >
        <Text>
          Stagecoach deletes the application with its settings; its history stays readable. It changes nothing on the
          clusters: the workloads keep running.
        </Text>
      </ConfirmDialog>
    </>
  );
}
