import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { TrustKind } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Icon } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { claimsOf, emptyRows, kinds, type ClaimRow } from "./model";
import { useCreateTrust } from "./mutations";
import classes from "./trusts.module.css";

const kindChoices = Object.entries(kinds).map(([value, { label }]) => ({ value, label }));

export function CreateTrustDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="New trust" size="lg">
      <TrustForm onClose={onClose} />
    </Modal>
  );
}

function TrustForm({ onClose }: { onClose: () => void }) {
  const create = useCreateTrust();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<TrustKind>("github");
  const [issuer, setIssuer] = useState("");
  const [audience, setAudience] = useState("");
  const [cluster, setCluster] = useState("");
  const [rows, setRows] = useState<ClaimRow[]>(() => emptyRows("github"));
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      {
        name: name.trim(),
        kind,
        issuer: issuer.trim() || null,
        audience: audience.trim() || null,
        cluster: kind === "kubernetes" ? cluster.trim() || null : null,
        claims: claimsOf(rows),
        expires_at: null,
      },
      { onSuccess: onClose },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Shown in the history, before the job's own name"
          placeholder="shop on GitHub"
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fault("name")}
        />
        <Select
          label="Provider"
          allowDeselect={false}
          data={kindChoices}
          value={kind}
          onChange={(value) => {
            setKind(value as TrustKind);
            setRows(emptyRows(value as TrustKind));
          }}
        />
        <TextInput
          label="Issuer"
          description="Exactly as the tokens have it; leave it empty for the usual one"
          placeholder={kinds[kind].issuer ?? "the usual one"}
          required={kinds[kind].issuer !== null}
          value={issuer}
          onChange={(event) => setIssuer(event.currentTarget.value)}
          error={fault("issuer")}
        />
        <TextInput
          label="Audience"
          description="The only one that the tokens may have; leave it empty for the public address of this service"
          value={audience}
          onChange={(event) => setAudience(event.currentTarget.value)}
          error={fault("audience")}
        />
        {kind === "kubernetes" ? (
          <TextInput
            label="Cluster"
            description="The registered cluster that is asked about each token; without it, the issuer's published keys count"
            value={cluster}
            onChange={(event) => setCluster(event.currentTarget.value)}
          />
        ) : null}
        <Claims rows={rows} onRows={setRows} />
        {create.error ? <ProblemAlert error={create.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create trust
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Claims({ rows, onRows }: { rows: readonly ClaimRow[]; onRows: (rows: ClaimRow[]) => void }) {
  const change = (at: number, part: Partial<ClaimRow>) =>
    onRows(rows.map((row, index) => (index === at ? { ...row, ...part } : row)));
  return (
    <Stack gap="xs">
      <Text size="sm">
        All claims have to fit, each by one of its values, separated by commas. A ref may end in <code>*</code>.
      </Text>
      {rows.map((row, index) => (
        <div key={index} className={classes.row}>
          <TextInput
            aria-label={`Claim ${index + 1}`}
            value={row.claim}
            onChange={(event) => change(index, { claim: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`Values of ${row.claim || `claim ${index + 1}`}`}
            value={row.values}
            onChange={(event) => change(index, { values: event.currentTarget.value })}
          />
        </div>
      ))}
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => onRows([...rows, { claim: "", values: "" }])}
        >
          Another claim
        </Button>
      </Group>
    </Stack>
  );
}
