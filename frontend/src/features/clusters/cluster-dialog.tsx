import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Cluster, ClusterCredential } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { labelsIn, labelWords } from "@/lib/labels";
import { ProblemAlert } from "@/ui/problem-alert";
import { KubeconfigField } from "./kubeconfig-field";
import { kubeconfigRefusals, suggestedName } from "./model";
import { useConnectCluster, useUpdateCluster } from "./mutations";

type CredentialType = ClusterCredential["type"] | "kept";

interface ClusterDialogProps {
  /** The cluster to edit, or null to connect a new one. */
  cluster: Cluster | null;
  onClose: () => void;
  /** Called when the cluster is stored, after which the dialog is closed. */
  onSaved: (cluster: Cluster) => void;
}

/** Connects a cluster, or edits its name, labels or credential. The service tests a credential before it stores it. */
export function ClusterDialog({ cluster, onClose, onSaved }: ClusterDialogProps) {
  const [name, setName] = useState(cluster?.name ?? "");
  const [labels, setLabels] = useState(labelWords(cluster?.labels ?? {}));
  const [type, setType] = useState<CredentialType>(cluster ? "kept" : "kubeconfig");
  const [kubeconfig, setKubeconfig] = useState("");
  const connect = useConnectCluster();
  const update = useUpdateCluster(cluster?.name ?? "");
  const save = cluster ? update : connect;
  const problem = save.error ? asProblem(save.error) : null;
  const parsed = labelsIn(labels);
  const credential = credentialOf(type, kubeconfig);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!parsed) return;
    if (cluster) update.mutate({ name, labels: parsed, credential }, { onSuccess: onSaved });
    else if (credential) connect.mutate({ name, labels: parsed, credential }, { onSuccess: onSaved });
  };
  const takeKubeconfig = (text: string) => {
    setKubeconfig(text);
    save.reset();
    if (name === "") setName(suggestedName(text));
  };
  const refusals = problem ? kubeconfigRefusals(problem) : [];

  return (
    <Modal opened onClose={onClose} size="xl" title={cluster ? `Edit ${cluster.name}` : "Connect a cluster"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Stack gap={4}>
            <Text size="sm" fw={500}>
              Credential
            </Text>
            <SegmentedControl
              aria-label="Credential"
              value={type}
              onChange={(value) => setType(value as CredentialType)}
              data={[
                ...(cluster ? [{ value: "kept", label: "Keep current" }] : []),
                { value: "kubeconfig", label: cluster ? "New kubeconfig" : "Kubeconfig" },
                { value: "in-cluster", label: "In-cluster" },
              ]}
            />
          </Stack>
          {type === "kubeconfig" ? (
            <KubeconfigField value={kubeconfig} onChange={takeKubeconfig} refusals={refusals} />
          ) : null}
          {type === "in-cluster" ? (
            <Text size="sm" c="dimmed">
              Connects the cluster that Stagecoach runs in with Stagecoach's own service account.
            </Text>
          ) : null}
          <TextInput
            label="Name"
            required
            placeholder="prod-eu"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem?.messageFor("name")}
          />
          <TextInput
            label="Labels"
            placeholder="region=eu, tier=prod"
            value={labels}
            onChange={(event) => setLabels(event.currentTarget.value)}
            error={parsed ? problem?.messageFor("labels") : "Enter labels as key=value, separated by commas."}
          />
          {problem && refusals.length === 0 ? <ProblemAlert error={problem} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={!parsed || (type === "kubeconfig" && kubeconfig.trim() === "")}
            >
              {cluster ? "Save" : "Test and connect"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function credentialOf(type: CredentialType, kubeconfig: string): ClusterCredential | null {
  switch (type) {
    case "kept":
      return null;
    case "kubeconfig":
      return { type, kubeconfig };
    case "in-cluster":
      return { type };
  }
}
