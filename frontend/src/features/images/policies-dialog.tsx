import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { PolicyRule } from "@/api/contract";
import { useRight } from "@/api/rights";
import { removed, replaced } from "@/lib/lists";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { RightButton } from "@/connected/right-button";
import classes from "./images.module.css";
import { draftOf, emptyRule, inputOf, lackOf, type RuleDraft } from "./model";
import { usePutPolicies } from "./mutations";
import { PolicyPreview } from "./policy-preview";
import { PolicyRuleFields, type Running } from "./policy-rule-fields";
import { policiesQuery } from "./queries";

interface PoliciesDialogProps {
  application: string;
  environment: string;
  running: readonly Running[];
  onClose: () => void;
}

/** Edits the image policies of an environment: rules by container or repository, with a preview of their verdicts. */
export function PoliciesDialog(props: PoliciesDialogProps) {
  const query = useQuery({ ...policiesQuery(props.application, props.environment), refetchOnWindowFocus: false });
  return (
    <Modal opened onClose={props.onClose} size={1100} title={`Image policies of ${props.environment}`}>
      <Loaded query={query} what="the image policies">
        {({ rules }) => <PoliciesForm {...props} kept={rules} />}
      </Loaded>
    </Modal>
  );
}

const TYPING_PAUSE = 400;

function PoliciesForm({
  application,
  environment,
  running,
  onClose,
  kept,
}: PoliciesDialogProps & { kept: readonly PolicyRule[] }) {
  const put = usePutPolicies(application, environment);
  const mayChange = useRight("maintain", { application, environment });
  const [next, setNext] = useState(kept.length);
  const [rules, setRules] = useState<RuleDraft[]>(() => kept.map((rule, index) => draftOf(rule, String(index))));
  const complete = rules.every((rule) => lackOf(rule) === null);
  const inputs = useMemo(() => rules.map(inputOf), [rules]);
  const [settled] = useDebouncedValue(complete ? inputs : null, TYPING_PAUSE);
  const add = () => {
    setRules([...rules, emptyRule(String(next))]);
    setNext(next + 1);
  };
  return (
    <Stack gap="md">
      <div className={classes.editor}>
        <div className={classes.column}>
          <p className={classes.dim}>
            The most specific rule applies to each container. A container without a rule accepts any tag except a lower
            version than the running one.
          </p>
          {rules.length === 0 ? (
            <EmptyState title="No rules yet">
              <p>Without rules, all pushed tags are accepted except lower versions.</p>
            </EmptyState>
          ) : (
            <ol className={classes.rules}>
              {rules.map((rule, index) => (
                <PolicyRuleFields
                  key={rule.key}
                  number={index + 1}
                  rule={rule}
                  running={running}
                  readOnly={!mayChange}
                  onChange={(changed) => setRules(replaced(rules, index, changed))}
                  onRemove={() => setRules(removed(rules, index))}
                />
              ))}
            </ol>
          )}
          {mayChange ? (
            <Group>
              <Button variant="default" leftSection={<Icon name="plus" />} onClick={add}>
                Add rule
              </Button>
            </Group>
          ) : null}
        </div>
        {mayChange ? <PolicyPreview application={application} environment={environment} rules={settled} /> : null}
      </div>
      {put.error ? <ProblemAlert error={put.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <RightButton
          needs="maintain"
          at={{ application, environment }}
          loading={put.isPending}
          blocked={complete ? null : "A rule is incomplete."}
          onClick={() => put.mutate(inputs, { onSuccess: onClose })}
        >
          Save policies
        </RightButton>
      </Group>
    </Stack>
  );
}
