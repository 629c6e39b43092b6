import { Button, Group, Modal, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Role } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { CopyButton } from "@/ui/copy-button";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { roleDescriptions } from "@/ui/roles";
import { Time } from "@/ui/time";
import { expiryOf, lifetimes, type Lifetime } from "./model";
import { useCreateToken } from "./mutations";
import classes from "./tokens.module.css";

/** Creates a token and shows it once. The dialog is then closed by its own button only. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateToken();
  const created = create.data;
  return (
    <Modal
      // What is shown once begins at its first line, wherever the form was scrolled to.
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
            <p>Stagecoach does not show it again. The token grants the {created.role} role to every holder.</p>
          </Note>
          <div className={classes.secret}>
            <code>{created.token}</code>
            <CopyButton value={created.token} what="the token" />
          </div>
          <Text size="sm" c="dimmed">
            Sign in with the token, or send it as <code>Authorization: Bearer …</code>. It{" "}
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
      ) : (
        <TokenForm create={create} onCancel={onClose} />
      )}
    </Modal>
  );
}

function TokenForm({ create, onCancel }: { create: ReturnType<typeof useCreateToken>; onCancel: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const [date, setDate] = useState("");
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires = expiryOf(lifetime, date, Date.now());
    if (expires !== undefined) create.mutate({ name: name.trim(), role, expires_at: expires });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="The person or program that uses the token; shown in the history as the actor"
          placeholder="ci of shop"
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fault("name")}
        />
        <Radio.Group label="Role" value={role} onChange={(value) => setRole(value)}>
          <div className={classes.roles}>
            {Object.entries(roleDescriptions).map(([value, description]) => (
              <Radio key={value} value={value} label={value} description={description} />
            ))}
          </div>
        </Radio.Group>
        <Select
          label="Valid for"
          allowDeselect={false}
          data={[...lifetimes]}
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
