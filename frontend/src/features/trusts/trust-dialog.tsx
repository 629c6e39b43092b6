import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Trust, TrustKind } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Icon } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { claimsOf, dayOf, emptyRows, expiryOn, kinds, rowsOf, type ClaimRow } from "./model";
import { useSaveTrust } from "./mutations";
import classes from "./trusts.module.css";

const kindChoices = Object.entries(kinds).map(([value, { label }]) => ({ value, label }));

interface TrustDialogProps {
  /** The trust to edit; null for a new one. */
  trust: Trust | null;
  onClose: () => void;
}

export function TrustDialog({ trust, onClose }: TrustDialogProps) {
  return (
    <Modal opened onClose={onClose} title={trust ? `Edit ${trust.name}` : "New trust"} size="lg">
      <TrustForm trust={trust} onClose={onClose} />
    </Modal>
  );
}

function TrustForm({ trust, onClose }: TrustDialogProps) {
  const save = useSaveTrust(trust?.id ?? null);
  const [name, setName] = useState(trust?.name ?? "");
  const [kind, setKind] = useState<TrustKind>(trust?.kind ?? "github");
  const [issuer, setIssuer] = useState(trust?.issuer ?? "");
  const [audience, setAudience] = useState(trust?.audience ?? "");
  const [cluster, setCluster] = useState(trust?.cluster ?? "");
  const [day, setDay] = useState(trust?.expires_at ? dayOf(trust.expires_at) : "");
  const [rows, setRows] = useState<ClaimRow[]>(() => (trust ? rowsOf(trust) : emptyRows("github")));
  const fault = (field: string) => (save.error ? asProblem(save.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      {
        name: name.trim(),
        kind,
        issuer: issuer.trim() || null,
        audience: audience.trim() || null,
        cluster: kind === "kubernetes" ? cluster.trim() || null : null,
        claims: claimsOf(rows),
        expires_at: expiryOn(day, trust?.expires_at ?? null),
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
            // Another provider has another issuer.
            setIssuer("");
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
        <TextInput
          label="Last day"
          description="The trust refuses its jobs afterwards; leave it empty for a trust that never expires"
          type="date"
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          error={fault("expires_at")}
        />
        {save.error ? <ProblemAlert error={save.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {trust ? "Save" : "Create trust"}
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
