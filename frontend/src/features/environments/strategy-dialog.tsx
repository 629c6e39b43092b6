import { Button, Divider, Group, Modal, Stack, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Environment } from "@/api/contract";
import { checkDraftOf, checkFrom, checkLack } from "@/ui/strategy/check-draft";
import { draftOf, lackOf, strategyFrom } from "@/ui/strategy/draft";
import { faultsIn } from "@/ui/strategy/faults";
import { hookDraftOf, hookFrom, hookLack } from "@/ui/strategy/hook-draft";
import { ChecksForm, HooksForm } from "@/ui/strategy/parts-form";
import { StrategyForm } from "@/ui/strategy/strategy-form";
import { ringsOf, type OwnStrategy } from "@/ui/strategy/words";
import { ProblemAlert } from "@/ui/problem-alert";
import { useUpdateEnvironment } from "./mutations";

interface StrategyDialogProps {
  environment: Environment;
  onClose: () => void;
}

/** How changes go over the clusters of an environment: its rings, what has to hold between them, and what a failure means. */
export function StrategyDialog({ environment, onClose }: StrategyDialogProps) {
  const { name, strategy } = environment;
  const [draft, setDraft] = useState(() => ({
    ...draftOf(strategy),
    checks: checksOf(strategy).map(checkDraftOf),
    hooks: (strategy?.hooks ?? []).map(hookDraftOf),
  }));
  const [tried, setTried] = useState(false);
  const save = useUpdateEnvironment(name);
  const lack = lackOf(draft) ?? first(draft.checks.map(checkLack)) ?? first(draft.hooks.map(hookLack));
  const faults = faultsIn(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (lack !== null) return;
    const parts = { checks: draft.checks.map(checkFrom), hooks: draft.hooks.map(hookFrom) };
    save.mutate({ strategy: strategyFrom(draft, parts) }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={`Strategy of ${name}`}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <StrategyForm
            draft={draft}
            onChange={(changed) => setDraft((before) => ({ ...before, ...changed }))}
            clusters={environment.clusters.map((cluster) => cluster.name)}
            checks={draft.checks.map((check) => check.name)}
            faults={faults}
          />
          <Divider />
          <ChecksForm
            checks={draft.checks}
            rings={draft.rings}
            faults={faults}
            onChange={(checks, rings) => setDraft((before) => ({ ...before, checks, rings }))}
          />
          <Divider />
          <HooksForm
            hooks={draft.hooks}
            faults={faults}
            onChange={(hooks) => setDraft((before) => ({ ...before, hooks }))}
          />
          {tried && lack !== null ? (
            <Text c="red" size="sm" role="alert">
              {lack}
            </Text>
          ) : null}
          {save.error ? <ProblemAlert error={save.error} /> : null}
          <Group justify="space-between">
            {strategy ? (
              <Button
                variant="default"
                loading={save.isPending}
                onClick={() => save.mutate({ strategy: null }, { onSuccess: onClose })}
              >
                Have no strategy
              </Button>
            ) : (
              <span />
            )}
            <Group>
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The checks of all rings, each once: the same may follow several. */
function checksOf(strategy: OwnStrategy | null) {
  const all = (strategy ? ringsOf(strategy) : []).flatMap(({ checks }) => checks);
  return [...new Map(all.map((check) => [check.name, check])).values()];
}

const first = (lacks: readonly (string | null)[]): string | null => lacks.find((lack) => lack !== null) ?? null;
