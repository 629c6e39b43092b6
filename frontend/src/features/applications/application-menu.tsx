import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { applicationQuery } from "@/api/applications";
import { asProblem } from "@/api/problem";
import { useRight } from "@/api/rights";
import { labelsIn, labelWords } from "@/lib/labels";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { LabelsField } from "@/ui/labels-field";
import { ProblemAlert } from "@/ui/problem-alert";
import { useDeleteApplication, useUpdateApplication } from "./mutations";

interface ApplicationMenuProps {
  application: string;
  onRenamed: (name: string) => void;
  onDeleted: () => void;
}

/** The menu with the rare actions on an application: edit and delete. */
export function ApplicationMenu({ application, onRenamed, onDeleted }: ApplicationMenuProps) {
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const mayEdit = useRight("maintain", { application });
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
          <Menu.Item disabled={!mayEdit} onClick={() => setOpen("edit")}>
            Edit name, description and labels
          </Menu.Item>
          <Menu.Item color="red" disabled={!mayEdit} onClick={() => setOpen("delete")}>
            Delete application
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "edit" ? (
        <EditDialog application={application} onClose={() => setOpen(null)} onRenamed={onRenamed} />
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

interface EditDialogProps {
  application: string;
  onClose: () => void;
  onRenamed: (name: string) => void;
}

function EditDialog({ application, onClose, onRenamed }: EditDialogProps) {
  const { data } = useQuery(applicationQuery(application));
  const [name, setName] = useState(application);
  const [description, setDescription] = useState<string | null>(null);
  const [labelText, setLabelText] = useState<string | null>(null);
  // Undefined as long as nobody edits them: the service keeps those that the application bears.
  const labels = labelText === null ? undefined : labelsIn(labelText);
  const update = useUpdateApplication(application);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (labels === null) return;
    update.mutate(
      { name, description: description ?? data?.description ?? "", ...(labels ? { labels } : {}) },
      {
        onSuccess: (changed) => {
          onClose();
          if (changed.name !== application) onRenamed(changed.name);
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`Edit ${application}`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={description ?? data?.description ?? ""}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <LabelsField
            description="Roles and freezes can select applications by them; a change needs every right that it gives or takes away"
            value={labelText ?? labelWords(data?.labels ?? {})}
            onChange={setLabelText}
            error={update.error ? asProblem(update.error).messageFor("labels") : undefined}
          />
          {update.error ? <ProblemAlert error={update.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={update.isPending} disabled={labels === null}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
