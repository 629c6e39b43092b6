import { Button, Group, Modal, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Environment } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { asText, strategyOf } from "@/ui/strategies";
import { Choice } from "@/ui/choice";
import { ProblemAlert } from "@/ui/problem-alert";
import { StrategyFields } from "@/ui/strategy-fields";
import { useCreateEnvironment, useUpdateEnvironment } from "./mutations";

interface EnvironmentDialogProps {
  /** The environment to edit, or null for a new one. */
  environment: Environment | null;
  clusters: readonly string[];
  onClose: () => void;
}

/** Edits an environment: its name, its clusters (the first is the primary), and the defaults for new applications. */
export function EnvironmentDialog({ environment, clusters, onClose }: EnvironmentDialogProps) {
  const [form, setForm] = useState({
    name: environment?.name ?? "",
    clusters: environment?.clusters.map(({ name }) => name) ?? [],
    default_namespace: environment?.default_namespace ?? "",
    deploy_mode: environment?.deploy_mode ?? ("manual" as const),
    pin: environment?.pin ?? ("digest" as const),
  });
  const [strategy, setStrategy] = useState(asText(environment?.strategy ?? null));
  const asked = strategyOf(strategy, environment?.strategy ?? null);
  const unchanged = !environment?.strategy && strategy.rings.trim() === "";
  const set = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }));
  const create = useCreateEnvironment();
  const update = useUpdateEnvironment(environment?.name ?? "");
  const save = environment ? update : create;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if ("fault" in asked) return;
    // Without rings and without a strategy before, operations say themselves what a failure means.
    const own = unchanged && strategy.policy === "roll-back" ? null : asked;
    save.mutate({ ...form, default_namespace: form.default_namespace || null, strategy: own }, { onSuccess: onClose });
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
          <StrategyFields
            value={strategy}
            onChange={setStrategy}
            fault={"fault" in asked ? asked.fault : fault("strategy")}
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
