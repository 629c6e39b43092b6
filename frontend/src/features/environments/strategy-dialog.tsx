import { Button, Divider, Group, Modal, Stack, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Environment } from "@/api/contract";
import { ownStrategyPreviewQuery } from "@/api/strategies";
import { useStrategyJudgement } from "@/connected/strategy-judgement";
import { checkDraftOf, checkFrom, checkLack, type CheckDraft } from "@/ui/strategy/check-draft";
import { draftOf, lackOf, strategyFrom, type StrategyDraft } from "@/ui/strategy/draft";
import { faultsIn } from "@/ui/strategy/faults";
import { hookDraftOf, hookFrom, hookLack, type HookDraft } from "@/ui/strategy/hook-draft";
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
  const asked = lack === null ? strategyOf(draft) : null;
  const judgement = useStrategyJudgement(asked, (settled) => ownStrategyPreviewQuery(name, settled));
  const faults = faultsIn(save.error ?? judgement.refusal);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    // What the service refuses now it is asked again: the refusal may be about what has changed since.
    if (asked !== null) save.mutate({ strategy: asked }, { onSuccess: onClose });
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
            allotted={judgement.allotted}
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
          {(save.error ?? judgement.refusal) ? <ProblemAlert error={save.error ?? judgement.refusal} /> : null}
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

const strategyOf = (draft: StrategyDraft & { checks: CheckDraft[]; hooks: HookDraft[] }) =>
  strategyFrom(draft, { checks: draft.checks.map(checkFrom), hooks: draft.hooks.map(hookFrom) });

/** The checks of all rings, each once: the same may follow several. */
function checksOf(strategy: OwnStrategy | null) {
  const all = (strategy ? ringsOf(strategy) : []).flatMap(({ checks }) => checks);
  return [...new Map(all.map((check) => [check.name, check])).values()];
}

const first = (lacks: readonly (string | null)[]): string | null => lacks.find((lack) => lack !== null) ?? null;
