import { Button, Group, Modal, MultiSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { applicationNamesQuery } from "@/api/applications";
import { environmentsQuery } from "@/api/environments";
import { asProblem } from "@/api/problem";
import { Choice } from "@/ui/choice";
import { LabelsField } from "@/ui/labels-field";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleField } from "@/ui/role-field";
import { bindingOf, emptyDraft, type Draft } from "./model";
import { useGiveRole } from "./mutations";
import { SubjectFields } from "./subject-fields";

type Set = (changes: Partial<Draft>) => void;

/** Gives a role: to whom, which, on what, and for how long. */
export function GiveRoleDialog({ onClose }: { onClose: () => void }) {
  const give = useGiveRole();
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [tried, setTried] = useState(false);
  const set: Set = (changes) => setDraft((before) => ({ ...before, ...changes }));
  const fault = (field: string) => (give.error ? asProblem(give.error).messageFor(field) : undefined);
  const binding = bindingOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (typeof binding !== "string") give.mutate(binding, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title="Give a role">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <SubjectFields kind={draft.kind} id={draft.id} onChange={set} error={fault("subject.id")} />
          <RoleField value={draft.role} onChange={(role) => set({ role })} />
          <OnWhat draft={draft} set={set} fault={fault} />
          <Switch
            label="Break glass"
            description="Adds the right to start without the approvals that an environment asks for, with a reason"
            checked={draft.breakGlass}
            onChange={(event) => set({ breakGlass: event.currentTarget.checked })}
          />
          <TextInput
            label="Last day"
            description="The role counts no more afterwards; leave it empty for one that lasts"
            type="date"
            value={draft.day}
            onChange={(event) => set({ day: event.currentTarget.value })}
            error={fault("expires_at")}
          />
          {tried && typeof binding === "string" ? (
            <Text c="red" size="sm" role="alert">
              {binding}
            </Text>
          ) : null}
          {give.error ? <ProblemAlert error={give.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={give.isPending}>
              Give role
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface OnWhatProps {
  draft: Draft;
  set: Set;
  fault: (field: string) => string | undefined;
}

function OnWhat({ draft, set, fault }: OnWhatProps) {
  const applications = useQuery(applicationNamesQuery);
  const environments = useQuery(environmentsQuery);
  return (
    <>
      <Choice
        label="On which applications"
        value={draft.on}
        onChange={(on) => set({ on })}
        data={[
          { value: "named", label: "By name" },
          { value: "labels", label: "By labels" },
          { value: "all", label: "All" },
        ]}
      />
      {draft.on === "named" ? (
        <MultiSelect
          label="Applications"
          required
          searchable
          data={applications.data ?? []}
          value={draft.applications}
          onChange={(value) => set({ applications: value })}
          error={applications.error ? asProblem(applications.error).detail : fault("applications")}
        />
      ) : null}
      {draft.on === "labels" ? (
        <LabelsField
          label="Labels of the applications"
          description="Those that bear all of these, also applications to come"
          required
          value={draft.labels}
          onChange={(labels) => set({ labels })}
          error={fault("labels")}
        />
      ) : null}
      <Choice
        label="In which environments"
        value={draft.within}
        onChange={(within) => set({ within })}
        data={[
          { value: "named", label: "By name" },
          { value: "all", label: "All" },
        ]}
      />
      {draft.within === "named" ? (
        <MultiSelect
          label="Environments"
          required
          data={environments.data?.map(({ name }) => name) ?? []}
          value={draft.environments}
          onChange={(value) => set({ environments: value })}
          error={environments.error ? asProblem(environments.error).detail : fault("environments")}
        />
      ) : null}
    </>
  );
}
