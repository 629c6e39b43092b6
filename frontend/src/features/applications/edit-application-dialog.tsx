import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { applicationQuery } from "@/api/applications";
import { asProblem } from "@/api/problem";
import { labelsIn, labelWords } from "@/lib/labels";
import { LabelsField } from "@/ui/labels-field";
import { ProblemAlert } from "@/ui/problem-alert";
import { useUpdateApplication } from "./mutations";

interface EditApplicationDialogProps {
  application: string;
  onClose: () => void;
  onRenamed: (name: string) => void;
}

/** Edits the name, the description and the labels of an application. */
export function EditApplicationDialog({ application, onClose, onRenamed }: EditApplicationDialogProps) {
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
