import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Provider, Receiver, ReceiverSettings } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Lacks } from "./issued-receiver";
import { draftOf, missingSettings, settingsOf, stepsWithoutSecret, type SettingsDraft } from "./model";
import { applicationNamesQuery } from "@/api/applications";
import classes from "./receivers.module.css";
import { SetupSteps } from "./setup-steps";
import { SettingsFields } from "./settings-fields";

export interface ReceiverInput {
  name: string;
  provider: Provider["provider"];
  application: string | null;
  settings: ReceiverSettings;
}

interface ReceiverFormProps {
  providers: readonly Provider[];
  /** The receiver to edit, whose provider cannot change; null for a new one. */
  receiver: Receiver | null;
  pending: boolean;
  error: unknown;
  onSubmit: (input: ReceiverInput) => void;
  onCancel: () => void;
}

export function ReceiverForm({ providers, receiver, pending, error, onSubmit, onCancel }: ReceiverFormProps) {
  const [provider, setProvider] = useState<Provider | undefined>(
    providers.find((each) => each.provider === receiver?.provider),
  );
  const [name, setName] = useState(receiver?.name ?? "");
  const [application, setApplication] = useState<string | null>(receiver?.application ?? null);
  const [draft, setDraft] = useState<SettingsDraft>(receiver ? draftOf(receiver.settings) : {});
  const { data: applications = [] } = useQuery(applicationNamesQuery);
  const faultOf = (field: string) => (error ? asProblem(error).messageFor(field) : undefined);
  const missing = provider ? missingSettings(provider, draft) : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (provider)
      onSubmit({
        name: name.trim(),
        provider: provider.provider,
        application,
        settings: settingsOf(draft, provider.settings),
      });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {receiver ? null : (
          <Select
            label="Registry type"
            description="The registry or CI system that reports pushed images"
            placeholder="Select a type"
            required
            searchable
            allowDeselect={false}
            data={providers.map(({ provider: value, title }) => ({ value, label: title }))}
            value={provider?.provider ?? null}
            onChange={(value) => setProvider(providers.find((each) => each.provider === value))}
          />
        )}
        {provider && !receiver ? (
          <>
            <Note tone="plain" title="Authentication">
              <p>{provider.proof.sentence}</p>
            </Note>
            <details className={classes.how}>
              <summary>Setup steps</summary>
              <SetupSteps steps={stepsWithoutSecret(provider, "ADDRESS")} />
            </details>
            {provider.proof.lacks ? <Lacks lacks={provider.proof.lacks} weak={provider.proof.weak} /> : null}
          </>
        ) : null}
        <TextInput
          label="Name"
          description="Shown in the history as the actor of automatic deployments"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={faultOf("name")}
        />
        <Select
          label="Application"
          description="Images of other applications are ignored"
          placeholder="All applications"
          clearable
          searchable
          data={[...applications]}
          value={application}
          onChange={setApplication}
          error={faultOf("application")}
        />
        {provider ? <SettingsFields provider={provider} draft={draft} onChange={setDraft} faultOf={faultOf} /> : null}
        {error ? <ProblemAlert error={error} /> : null}
        <Group justify="flex-end" align="center">
          {missing.map((group) => (
            <span key={group.join()}>Required: {group.join(" or ")}.</span>
          ))}
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={pending} disabled={!provider || name.trim() === "" || missing.length > 0}>
            {receiver ? "Save" : "Create receiver"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
