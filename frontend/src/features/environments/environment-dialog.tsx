import { Button, Group, Modal, MultiSelect, Stack, Switch, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Environment } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Choice } from "@/ui/choice";
import { ProblemAlert } from "@/ui/problem-alert";
import { ImageMappingsFields } from "./image-mappings-fields";
import { useCreateEnvironment, useUpdateEnvironment } from "./mutations";

interface EnvironmentDialogProps {
  /** The environment to edit, or null for a new one. */
  environment: Environment | null;
  clusters: readonly string[];
  onClose: () => void;
  /** Called instead of `onClose` where the environment, which had clusters before, has gained one. */
  onGained?: (environment: Environment, cluster: string) => void;
}

/** Edits an environment: its name, its clusters (the first is the primary), and the defaults for new applications. */
export function EnvironmentDialog({ environment, clusters, onClose, onGained }: EnvironmentDialogProps) {
  const [form, setForm] = useState({
    name: environment?.name ?? "",
    clusters: environment?.clusters.map(({ name }) => name) ?? [],
    default_namespace: environment?.default_namespace ?? "",
    deploy_mode: environment?.deploy_mode ?? ("manual" as const),
    pin: environment?.pin ?? ("digest" as const),
    image_mappings: environment?.image_mappings ?? [],
    releases_keep_secrets: environment?.releases_keep_secrets ?? false,
    catch_up: environment?.catch_up ?? true,
  });
  const set = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }));
  const create = useCreateEnvironment();
  const update = useUpdateEnvironment(environment?.name ?? "");
  const save = environment ? update : create;
  const saved = (now: Environment) => {
    const former = environment?.clusters.map(({ name }) => name) ?? [];
    const gained = now.clusters.find(({ name }) => !former.includes(name));
    if (former.length > 0 && gained && onGained) onGained(now, gained.name);
    else onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ ...form, default_namespace: form.default_namespace || null }, { onSuccess: saved });
  };
  const fault = (field: string) => (save.error ? asProblem(save.error).messageFor(field) : undefined);
  return (
    <Modal opened onClose={onClose} size="lg" title={environment ? `Edit ${environment.name}` : "New environment"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder="Production"
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
            error={fault("name")}
          />
          <MultiSelect
            label="Clusters"
            description="The first cluster is the primary: its state represents the environment"
            required
            data={[...clusters]}
            value={form.clusters}
            onChange={(value) => set({ clusters: value })}
            error={fault("clusters")}
          />
          <TextInput
            label="Default namespace"
            description="For new applications; each application can use another namespace"
            value={form.default_namespace}
            onChange={(event) => set({ default_namespace: event.currentTarget.value })}
            error={fault("default_namespace")}
          />
          <Choice
            label="Default deploy mode"
            value={form.deploy_mode}
            onChange={(value) => set({ deploy_mode: value })}
            data={[
              { value: "manual", label: "Manual" },
              { value: "auto", label: "Automatic" },
            ]}
          />
          <Choice
            label="Default image reference"
            value={form.pin}
            onChange={(value) => set({ pin: value })}
            data={[
              { value: "digest", label: "Tag and digest" },
              { value: "tag", label: "Tag only" },
            ]}
          />
          <ImageMappingsFields
            mappings={form.image_mappings}
            onChange={(image_mappings) => set({ image_mappings })}
            fault={fault}
          />
          <Switch
            label="Releases keep the values of Secrets"
            description="Encrypted, so that a rollback can put them back. If off, releases know only whether a Secret has changed, and a rollback leaves it as it is. Switching it off erases the values that are kept."
            checked={form.releases_keep_secrets}
            onChange={(event) => set({ releases_keep_secrets: event.currentTarget.checked })}
          />
          <Switch
            label="Clusters catch up"
            description="A cluster that did not answer during an operation gets it when it answers again"
            checked={form.catch_up}
            onChange={(event) => set({ catch_up: event.currentTarget.checked })}
          />
          {save.error ? <ProblemAlert error={save.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={form.clusters.length === 0}>
              {environment ? "Save" : "Create environment"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
