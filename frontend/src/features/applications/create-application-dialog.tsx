import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { asProblem } from "@/api/problem";
import { labelsIn } from "@/lib/labels";
import { LabelsField } from "@/ui/labels-field";
import { ProblemAlert } from "@/ui/problem-alert";
import { useCreateApplication } from "./mutations";

interface CreateApplicationDialogProps {
  opened: boolean;
  onClose: () => void;
  onCreated: (application: string) => void;
}

export function CreateApplicationDialog({ opened, onClose, onCreated }: CreateApplicationDialogProps) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [labelText, setLabelText] = useState("");
  const labels = labelsIn(labelText);
  const create = useCreateApplication();
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (labels === null) return;
    create.mutate(
      { name: name.trim(), description, labels },
      { onSuccess: (application) => onCreated(application.name) },
    );
  };
  return (
    <Modal opened={opened} onClose={close} title="New application">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Letters, digits and hyphens; no hyphen at either end"
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={create.error ? asProblem(create.error).messageFor("name") : undefined}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <LabelsField
            description="Roles and freezes can select applications by them"
            value={labelText}
            onChange={setLabelText}
            error={create.error ? asProblem(create.error).messageFor("labels") : undefined}
          />
          {create.error ? <ProblemAlert error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={labels === null}>
              Create application
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
