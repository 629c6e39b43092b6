import { Button, Group, Menu, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "@/ui/icons";
import { checkKinds, newCheck, type CheckDraft, type CheckKind } from "./check-draft";
import { CheckFields } from "./check-fields";
import type { RingDraft } from "./draft";
import type { Faults } from "./faults";
import { newHook, type HookDraft } from "./hook-draft";
import { HookFields } from "./hook-fields";
import classes from "./strategy.module.css";

const adding = {
  variant: "default",
  size: "compact-sm",
  leftSection: <Icon name="plus" size={14} />,
} as const;

interface ChecksFormProps {
  checks: readonly CheckDraft[];
  /** The rings, which name the checks that follow them. */
  rings: readonly RingDraft[];
  faults: Faults;
  onChange: (checks: CheckDraft[], rings: RingDraft[]) => void;
}

/** The checks of a strategy. A check that gets another name keeps its rings; one that is removed follows none. */
export function ChecksForm({ checks, rings, faults, onChange }: ChecksFormProps) {
  const renamed = (former: string, now: string | null): RingDraft[] =>
    rings.map((ring) => ({
      ...ring,
      checks: ring.checks.flatMap((name) => (name !== former ? [name] : now === null ? [] : [now])),
    }));
  return (
    <PartsForm
      title="Checks"
      about="They have to pass after the rings that name them, before the next ring begins."
      add={
        <Menu>
          <Menu.Target>
            <Button {...adding}>Add a check</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {(Object.keys(checkKinds) as CheckKind[]).map((kind) => (
              <Menu.Item
                key={kind}
                onClick={() => onChange([...checks, newCheck(kind, freeName("check", checks))], [...rings])}
              >
                {checkKinds[kind]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      }
    >
      {checks.map((check, index) => (
        <CheckFields
          key={index}
          check={check}
          faults={[...faultsOfCheck(check.name, checks, rings, faults), ...faults.naming(check.name)]}
          onChange={(changed) => onChange(checks.with(index, changed), renamed(check.name, changed.name))}
          onRemove={() => onChange(checks.toSpliced(index, 1), renamed(check.name, null))}
        />
      ))}
    </PartsForm>
  );
}

/** A ring's checks are sent in the order in which the strategy has them. */
function faultsOfCheck(
  name: string,
  checks: readonly CheckDraft[],
  rings: readonly RingDraft[],
  faults: Faults,
): string[] {
  const found = rings.flatMap((ring, index) => {
    const sent = checks.filter((check) => ring.checks.includes(check.name)).findIndex((check) => check.name === name);
    return sent < 0 ? [] : faults.at(`rings[${index}].checks[${sent}]`);
  });
  return [...new Set(found)];
}

interface HooksFormProps {
  hooks: readonly HookDraft[];
  faults: Faults;
  onChange: (hooks: HookDraft[]) => void;
}

/** The hooks of a strategy. */
export function HooksForm({ hooks, faults, onChange }: HooksFormProps) {
  return (
    <PartsForm
      title="Hooks"
      about="Jobs before the change, such as a migration, or after it."
      add={
        <Button {...adding} onClick={() => onChange([...hooks, newHook(freeName("hook", hooks))])}>
          Add a hook
        </Button>
      }
    >
      {hooks.map((hook, index) => (
        <HookFields
          key={index}
          hook={hook}
          faults={[...faults.at(`hooks[${index}]`), ...faults.naming(hook.name)]}
          onChange={(changed) => onChange(hooks.with(index, changed))}
          onRemove={() => onChange(hooks.toSpliced(index, 1))}
        />
      ))}
    </PartsForm>
  );
}

interface PartsFormProps {
  title: string;
  about: string;
  add: ReactNode;
  children: readonly ReactNode[];
}

function PartsForm({ title, about, add, children }: PartsFormProps) {
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={3} size="h5">
          {title}
        </Title>
        {add}
      </Group>
      <Text size="sm">{about}</Text>
      {children.length > 0 ? (
        <ul className={classes.list} aria-label={title}>
          {children}
        </ul>
      ) : null}
    </Stack>
  );
}

/** `check-2`: a name that none of them has. */
function freeName(word: string, taken: readonly { name: string }[]): string {
  let number = 1;
  while (taken.some(({ name }) => name === `${word}-${number}`)) number += 1;
  return `${word}-${number}`;
}
