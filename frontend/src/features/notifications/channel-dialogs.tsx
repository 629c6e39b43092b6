import { Button, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Channel, ChannelKind, IssuedChannel } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { CopyLine } from "@/ui/copy-line";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import {
  draftOf,
  fieldsOf,
  fieldWords,
  kindHelp,
  kindTitles,
  missingFields,
  settingsOf,
  type ChannelDraft,
  type ChannelField,
} from "./model";
import { useCreateChannel, useDeleteChannel, useRotateChannel, useUpdateChannel } from "./mutations";

// A dialog that shows a secret is closed by its own button only.
const closedByButton = { closeOnClickOutside: false, closeOnEscape: false, withCloseButton: false } as const;
const securities = [
  { value: "starttls", label: "STARTTLS" },
  { value: "tls", label: "TLS from the first byte" },
  { value: "none", label: "None, without a log-in" },
];

/** Creates a channel; a signed webhook's secret is shown once. */
export function CreateChannelDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateChannel();
  if (create.data?.secret) return <IssuedDialog issued={create.data} onClose={onClose} />;
  return (
    <Modal key="form" opened onClose={onClose} size="lg" title="New channel">
      <ChannelForm
        channel={null}
        pending={create.isPending}
        error={create.error}
        onSubmit={(name, kind, draft) =>
          create.mutate(
            { name, kind, settings: settingsOf(kind, draft, true) },
            { onSuccess: ({ secret }) => (secret ? undefined : onClose()) },
          )
        }
        onCancel={onClose}
      />
    </Modal>
  );
}

interface ChannelDialogProps {
  channel: Channel;
  onClose: () => void;
}

export function EditChannelDialog({ channel, onClose }: ChannelDialogProps) {
  const update = useUpdateChannel(channel.id);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Edit ${channel.name}`}>
      <ChannelForm
        channel={channel}
        pending={update.isPending}
        error={update.error}
        onSubmit={(name, kind, draft) =>
          update.mutate({ name, settings: settingsOf(kind, draft, false) }, { onSuccess: onClose })
        }
        onCancel={onClose}
      />
    </Modal>
  );
}

export function DeleteChannelDialog({ channel, onClose }: ChannelDialogProps) {
  const remove = useDeleteChannel(channel.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${channel.name}?`}
      action={`Delete ${channel.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Stagecoach deletes its routes and its notifications, too, and sends nothing there any more.</Text>
    </ConfirmDialog>
  );
}

export function RotateChannelDialog({ channel, onClose }: ChannelDialogProps) {
  const rotate = useRotateChannel(channel.id);
  const [keep, setKeep] = useState("86400");
  if (rotate.data) return <IssuedDialog issued={rotate.data} onClose={onClose} />;
  return (
    <Modal key="form" opened onClose={onClose} title={`Replace the signing secret of ${channel.name}?`}>
      <Stack gap="md">
        <Text>
          Stagecoach creates a new secret and shows it once. Until you have updated the receiver, Stagecoach signs with
          the previous one, too.
        </Text>
        <Select
          label="The previous secret signs for"
          allowDeselect={false}
          data={[
            { value: "0", label: "no longer" },
            { value: "3600", label: "an hour" },
            { value: "86400", label: "a day" },
            { value: "604800", label: "a week" },
          ]}
          value={keep}
          onChange={(value) => value && setKeep(value)}
        />
        {rotate.error ? <ProblemAlert error={rotate.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate(Number(keep))}>
            Create new secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function IssuedDialog({ issued, onClose }: { issued: IssuedChannel; onClose: () => void }) {
  return (
    <Modal key="issued" opened onClose={onClose} size="lg" title={`The secret of ${issued.name}`} {...closedByButton}>
      <Stack gap="md">
        <Note tone="warn" title="Copy the secret now">
          <p>Stagecoach does not show it again. With it, the receiver checks that a webhook is from Stagecoach.</p>
        </Note>
        <CopyLine label="Signing secret" value={issued.secret ?? ""} what="the secret" />
        {issued.former_until ? (
          <p>
            The previous secret signs, too, and expires <Time at={issued.former_until} />.
          </p>
        ) : null}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ChannelFormProps {
  /** The channel to edit, whose kind cannot change; null for a new one. */
  channel: Channel | null;
  pending: boolean;
  error: unknown;
  onSubmit: (name: string, kind: ChannelKind, draft: ChannelDraft) => void;
  onCancel: () => void;
}

function ChannelForm({ channel, pending, error, onSubmit, onCancel }: ChannelFormProps) {
  const [kind, setKind] = useState<ChannelKind | null>(channel?.kind ?? null);
  const [name, setName] = useState(channel?.name ?? "");
  const [draft, setDraft] = useState<ChannelDraft>(channel ? draftOf(channel) : {});
  const missing = kind ? missingFields(kind, draft, channel === null) : [];
  const faultOf = (field: string) => (error ? asProblem(error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (kind) onSubmit(name.trim(), kind, draft);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {channel ? null : (
          <Select
            label="Kind"
            required
            allowDeselect={false}
            placeholder="Select a kind"
            data={Object.entries(kindTitles).map(([value, label]) => ({ value, label }))}
            value={kind}
            onChange={(value) => setKind(value as ChannelKind | null)}
          />
        )}
        {kind ? <Text size="sm">{kindHelp[kind]}</Text> : null}
        <TextInput
          label="Name"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={faultOf("name")}
        />
        {(kind ? fieldsOf[kind] : []).map((field) => (
          <Field
            key={field}
            field={field}
            kept={channel !== null}
            value={draft[field] ?? ""}
            onChange={(value) => setDraft((former) => ({ ...former, [field]: value }))}
            fault={faultOf(field)}
          />
        ))}
        {kind === "email" ? (
          <Select
            label="Encryption"
            allowDeselect={false}
            data={securities}
            value={draft.security ?? "starttls"}
            onChange={(value) => value && setDraft((former) => ({ ...former, security: value }))}
            error={faultOf("security")}
          />
        ) : null}
        {error ? <ProblemAlert error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={pending} disabled={!kind || name.trim() === "" || missing.length > 0}>
            {channel ? "Save" : "Create channel"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface FieldProps {
  field: ChannelField;
  /** Whether a secret is stored already, which an empty field keeps. */
  kept: boolean;
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}

function Field({ field, kept, value, onChange, fault }: FieldProps) {
  const words = fieldWords[field];
  const Input = words.secret ? PasswordInput : TextInput;
  return (
    <Input
      label={words.label}
      description={words.description}
      placeholder={words.secret && kept ? "Leave empty to keep it" : undefined}
      required={!words.optional && !(words.secret && kept)}
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={fault}
    />
  );
}
