import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Role, Token } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { CopyButton } from "@/ui/copy-button";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { expiryOf, lifetimes, type Lifetime } from "./model";
import classes from "./tokens.module.css";

/** What every new token has; a kind of token may have more. */
interface NewToken {
  name: string;
  role: Role;
  expires_at: string | null;
}

type Issued = Token & { token: string };

interface TokenDialogProps<Input> {
  create: UseMutationResult<Issued, Error, Input>;
  /** Completes what is created. */
  input: (token: NewToken) => Input;
  /** What the token gives to everybody who holds it. */
  grants: (created: Issued) => ReactNode;
  /** How the token is used. */
  usage?: ReactNode;
  nameDescription?: string;
  namePlaceholder: string;
  /** Whether a token may be valid until somebody revokes it. */
  unlimited?: boolean;
  /** The field of the role, which is the form's to keep. */
  roleField: (role: Role, onChange: (role: Role) => void) => ReactNode;
  /** Fields beyond those of every token. */
  children?: ReactNode;
  onClose: () => void;
}

/** Creates a token and shows it once. The dialog is then closed by its own button only. */
export function TokenDialog<Input>(props: TokenDialogProps<Input>) {
  const created = props.create.data;
  return (
    <Modal
      // What is shown once begins at its first line, wherever the form was scrolled to.
      key={created ? "created" : "form"}
      opened
      onClose={props.onClose}
      title={created ? `Token ${created.name}` : "New token"}
      closeOnClickOutside={!created}
      closeOnEscape={!created}
      withCloseButton={!created}
    >
      {created ? <ShownOnce created={created} {...props} /> : <TokenForm {...props} />}
    </Modal>
  );
}

type ShownOnceProps = Pick<TokenDialogProps<never>, "grants" | "usage" | "onClose"> & { created: Issued };

function ShownOnce({ created, grants, usage, onClose }: ShownOnceProps) {
  return (
    <Stack gap="md">
      <Note tone="warn" title="Copy the token now">
        <p>Stagecoach does not show it again. {grants(created)}</p>
      </Note>
      <div className={classes.secret}>
        <code>{created.token}</code>
        <CopyButton value={created.token} what="the token" />
      </div>
      <Text size="sm" c="dimmed">
        {usage} It{" "}
        {created.expires_at ? (
          <>
            expires <Time at={created.expires_at} />.
          </>
        ) : (
          "does not expire."
        )}
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}

function TokenForm<Input>(props: TokenDialogProps<Input>) {
  const { create, unlimited = false } = props;
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const [date, setDate] = useState("");
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires = expiryOf(lifetime, date, Date.now());
    if (expires !== undefined) create.mutate(props.input({ name: name.trim(), role, expires_at: expires }));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description={props.nameDescription}
          placeholder={props.namePlaceholder}
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fault("name")}
        />
        {props.roleField(role, setRole)}
        {props.children}
        <Select
          label="Valid for"
          allowDeselect={false}
          data={lifetimes.filter(({ value }) => unlimited || value !== "never")}
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
          <Button variant="default" onClick={props.onClose}>
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
