import { Button, Group, Modal, MultiSelect, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { applicationNamesQuery } from "@/api/applications";
import type { EnvironmentNamespaces, GivenNamespace } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { asProblem } from "@/api/problem";
import { listed } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import classes from "./environments.module.css";
import { useGiveNamespace, useTakeNamespace } from "./mutations";

interface GivenNamespacesDialogProps {
  environment: string;
  onClose: () => void;
}

/** Which applications may use which namespaces of an environment. For administrators only: the page offers it to nobody else. */
export function GivenNamespacesDialog({ environment, onClose }: GivenNamespacesDialogProps) {
  const query = useQuery(environmentNamespacesQuery(environment));
  const [taking, setTaking] = useState<GivenNamespace | null>(null);
  if (taking) return <TakeDialog environment={environment} given={taking} onClose={() => setTaking(null)} />;
  return (
    <Modal opened onClose={onClose} size="lg" title={`Given namespaces of ${environment}`}>
      <Stack gap="lg">
        <Text size="sm">
          Applications use only namespaces that are given to them: to adopt, configure and import, and as their own.
        </Text>
        <Loaded query={query} what="given namespaces">
          {(namespaces) => (
            <>
              <GivenList given={namespaces.given} onTake={setTaking} />
              <GiveForm environment={environment} namespaces={namespaces} />
            </>
          )}
        </Loaded>
      </Stack>
    </Modal>
  );
}

function GivenList({ given, onTake }: { given: readonly GivenNamespace[]; onTake: (given: GivenNamespace) => void }) {
  if (given.length === 0) return <Text size="sm">No namespace is given yet: no application can use any here.</Text>;
  return (
    <ul className={classes.given} aria-label="Given namespaces">
      {given.map((each) => (
        <li key={each.id}>
          <span>
            <code>{each.pattern}</code> to {receivers(each)}
            <span className={classes.sub}>
              {each.given_by}, <Time at={each.created_at} />
            </span>
          </span>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Give ${each.pattern} no longer`}
            onClick={() => onTake(each)}
          >
            Remove
          </Button>
        </li>
      ))}
    </ul>
  );
}

const receivers = ({ applications }: GivenNamespace): string =>
  applications === null ? "all applications" : listed(applications) || "no application any more";

type To = "all" | "named";

function GiveForm({ environment, namespaces }: { environment: string; namespaces: EnvironmentNamespaces }) {
  const give = useGiveNamespace(environment);
  const names = useQuery(applicationNamesQuery);
  const [pattern, setPattern] = useState("");
  const [to, setTo] = useState<To>("named");
  const [applications, setApplications] = useState<string[]>([]);
  const fault = (field: string) => (give.error ? asProblem(give.error).messageFor(field) : undefined);
  const nobody = to === "named" && applications.length === 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (nobody) return;
    give.mutate(
      { pattern: pattern.trim(), applications: to === "all" ? null : applications },
      {
        onSuccess: () => {
          setPattern("");
          setApplications([]);
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Namespace or pattern"
          description="A * at the beginning or end stands for any text, but never for a namespace of the cluster's own"
          placeholder="shop-*"
          required
          spellCheck={false}
          list="namespaces-of-environment"
          value={pattern}
          onChange={(event) => setPattern(event.currentTarget.value)}
          error={fault("pattern")}
        />
        <datalist id="namespaces-of-environment">
          {namespaces.items.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <SegmentedControl
          aria-label="Give to"
          value={to}
          onChange={setTo}
          data={[
            { value: "named", label: "Applications by name" },
            { value: "all", label: "All applications" },
          ]}
        />
        {to === "named" ? (
          <MultiSelect
            label="Applications"
            description="Those that have this pattern already keep it"
            required
            searchable
            data={names.data ?? []}
            value={applications}
            onChange={setApplications}
            error={names.error ? asProblem(names.error).detail : fault("applications")}
          />
        ) : null}
        {give.error ? <ProblemAlert error={give.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={give.isPending} disabled={nobody}>
            Give namespaces
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface TakeDialogProps {
  environment: string;
  given: GivenNamespace;
  onClose: () => void;
}

function TakeDialog({ environment, given, onClose }: TakeDialogProps) {
  const take = useTakeNamespace(environment);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Give ${given.pattern} no longer?`}
      action={`Give ${given.pattern} no longer`}
      pending={take.isPending}
      error={take.error}
      onConfirm={() => take.mutate(given.id, { onSuccess: onClose })}
    >
      <Text>
        In {environment}, {receivers(given)} can no longer use it. What runs keeps running; operations under way end
        before their next ring.
      </Text>
    </ConfirmDialog>
  );
}
