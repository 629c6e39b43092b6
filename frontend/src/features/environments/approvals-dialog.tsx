import { Button, Checkbox, Group, Modal, NumberInput, Stack, TagsInput, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { ApprovalPolicy } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { peopleQuery } from "@/api/subjects";
import { groupsOf } from "@/lib/groups";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { ProblemAlert } from "@/ui/problem-alert";
import { approvable, draftOf, policyOf, policyWords } from "./approvals";
import { useRemovePolicy, useSetPolicy } from "./mutations";

interface ApprovalsDialogProps {
  environment: string;
  /** What changes take now; null where they take no approval. */
  policy: ApprovalPolicy | null;
  onClose: () => void;
}

/** What changes in an environment take. For administrators only: the page offers it to nobody else. */
export function ApprovalsDialog({ environment, policy, onClose }: ApprovalsDialogProps) {
  const [removing, setRemoving] = useState(false);
  if (removing && policy) {
    return (
      <RemoveDialog environment={environment} policy={policy} onClose={() => setRemoving(false)} onRemoved={onClose} />
    );
  }
  return (
    <Modal opened onClose={onClose} size="lg" title={`Approvals in ${environment}`}>
      <PolicyForm environment={environment} policy={policy} onClose={onClose} onRemove={() => setRemoving(true)} />
    </Modal>
  );
}

function PolicyForm({ environment, policy, onClose, onRemove }: ApprovalsDialogProps & { onRemove: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const [tried, setTried] = useState(false);
  const people = useQuery(peopleQuery);
  const save = useSetPolicy(environment);
  const set = (changes: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...changes }));
  const fault = (field: string) => (save.error ? asProblem(save.error).messageFor(field) : undefined);
  const input = policyOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (typeof input !== "string") save.mutate(input, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm">
          Under a policy, changes are proposed and start with the last vote. Those with the right approve here vote,
          once each, and never whoever asked. Rolling back takes no approval.
        </Text>
        <NumberInput
          label="Approvals"
          required
          min={1}
          max={20}
          allowDecimal={false}
          data-autofocus
          value={draft.needed}
          onChange={(needed) => set({ needed })}
          error={fault("needed")}
        />
        <TagsInput
          label="Groups"
          description="Somebody of each group has to be among those who approve; written as provider:group"
          placeholder="keycloak:operations"
          data={groupsOf(people.data ?? [])}
          value={draft.groups}
          onChange={(groups) => set({ groups })}
          error={fault("groups")}
        />
        <Checkbox.Group
          label="Changes that take approval"
          value={draft.kinds}
          onChange={(kinds) => set({ kinds })}
          error={fault("kinds")}
        >
          <Stack gap={6} mt={6}>
            {approvable.map(({ value, label }) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NumberInput
          label="Proposals expire after"
          description="Hours in which nobody has decided"
          required
          min={1}
          max={720}
          allowDecimal={false}
          suffix=" hours"
          value={draft.hours}
          onChange={(hours) => set({ hours })}
          error={fault("expires_after_hours")}
        />
        {tried && typeof input === "string" ? (
          <Text c="red" size="sm" role="alert">
            {input}
          </Text>
        ) : null}
        {save.error ? <ProblemAlert error={save.error} /> : null}
        <Group justify="space-between">
          {policy ? (
            <Button variant="default" onClick={onRemove}>
              Take no approvals
            </Button>
          ) : (
            <span />
          )}
          <Group>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {policy ? "Save" : "Take approvals"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

interface RemoveDialogProps {
  environment: string;
  policy: ApprovalPolicy;
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveDialog({ environment, policy, onClose, onRemoved }: RemoveDialogProps) {
  const remove = useRemovePolicy(environment);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Take no approvals in ${environment}?`}
      action="Take no approvals"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onRemoved })}
    >
      <Text>
        Changes that take {policyWords(policy)} start at once, and images that automation has kept waiting are deployed.
        A proposal that waits takes one approval.
      </Text>
    </ConfirmDialog>
  );
}
