import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Role, ScopedTokenCreate, Token } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { CopyButton } from "@/ui/copy-button";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { roleDescriptions } from "@/ui/roles";
import { Time } from "@/ui/time";
import { expiryOf, lifetimes, namesOf, type Lifetime } from "./model";
import classes from "./tokens.module.css";

type Create = UseMutationResult<Token & { token: string }, Error, ScopedTokenCreate>;

interface ScopedTokenDialogProps {
  /** Whose rights the token has, as `your` or `deployer's`. */
  whose: string;
  create: Create;
  onClose: () => void;
}

const roles = Object.entries(roleDescriptions).map(([value, description]) => ({
  value,
  label: `${value}: ${description}`,
}));
const bounded = lifetimes.filter(({ value }) => value !== "never");

/** Creates a token that acts for somebody, and shows it once. The dialog is then closed by its own button only. */
export function ScopedTokenDialog({ whose, create, onClose }: ScopedTokenDialogProps) {
  const created = create.data;
  return (
    <Modal
      key={created ? "created" : "form"}
      opened
      onClose={onClose}
      title={created ? `Token ${created.name}` : "New token"}
      closeOnClickOutside={!created}
      closeOnEscape={!created}
      withCloseButton={!created}
    >
      {created ? (
        <Stack gap="md">
          <Note tone="warn" title="Copy the token now">
            <p>Stagecoach does not show it again. It grants {whose} rights, within its role, to every holder.</p>
          </Note>
          <div className={classes.secret}>
            <code>{created.token}</code>
            <CopyButton value={created.token} what="the token" />
          </div>
          {created.expires_at ? (
            <Text size="sm" c="dimmed">
              It expires <Time at={created.expires_at} />.
            </Text>
          ) : null}
          <Group justify="flex-end">
            <Button onClick={onClose}>I have copied it</Button>
          </Group>
        </Stack>
      ) : (
        <ScopedTokenForm create={create} onCancel={onClose} />
      )}
    </Modal>
  );
}

function ScopedTokenForm({ create, onCancel }: { create: Create; onCancel: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const [date, setDate] = useState("");
  const [applications, setApplications] = useState("");
  const [environments, setEnvironments] = useState("");
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires = expiryOf(lifetime, date, Date.now());
    if (expires !== undefined)
      create.mutate({
        name: name.trim(),
        role,
        expires_at: expires,
        applications: namesOf(applications),
        environments: namesOf(environments),
      });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          placeholder="laptop"
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fault("name")}
        />
        <Select
          label="At most the role"
          allowDeselect={false}
          data={roles}
          value={role}
          onChange={(value) => setRole(value as Role)}
        />
        <TextInput
          label="Only for applications"
          description="Names, separated by commas; empty for all"
          value={applications}
          onChange={(event) => setApplications(event.currentTarget.value)}
        />
        <TextInput
          label="Only in environments"
          description="Names, separated by commas; empty for all"
          value={environments}
          onChange={(event) => setEnvironments(event.currentTarget.value)}
        />
        <Select
          label="Valid for"
          allowDeselect={false}
          data={bounded}
          value={lifetime}
          onChange={(value) => setLifetime(value as Lifetime)}
          error={lifetime === "date" ? undefined : fault("expires_at")}
        />
        {lifetime === "date" ? (
          <TextInput
            label="Last day"
            type="date"
            required
            value={date}
            onChange={(event) => setDate(event.currentTarget.value)}
            error={fault("expires_at")}
          />
        ) : null}
        {create.error ? <ProblemAlert error={create.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
