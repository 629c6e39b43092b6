import { Button, Checkbox, Group, Modal, PasswordInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Registry, RegistryCredential } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { ProblemAlert } from "@/ui/problem-alert";
import { credentialWords, type CredentialKind } from "./model";
import { usePutRegistry } from "./mutations";

interface RegistryDialogProps {
  /** The registry to edit, or null for a new one. */
  registry: Registry | null;
  onClose: () => void;
}

const kinds = Object.entries(credentialWords).map(([value, label]) => ({ value: value as CredentialKind, label }));

/** Adds or edits a registry. The stored credential is never shown: to edit the registry, enter it again. */
export function RegistryDialog({ registry, onClose }: RegistryDialogProps) {
  const put = usePutRegistry();
  const [host, setHost] = useState(registry?.host ?? "");
  const [kind, setKind] = useState<CredentialKind>(registry?.credential ?? "basic");
  const [username, setUsername] = useState(registry?.username ?? "");
  const [secret, setSecret] = useState("");
  const [plainHttp, setPlainHttp] = useState(registry?.plain_http ?? false);
  const faultOf = (field: string) => (put.error ? asProblem(put.error).messageFor(field) : undefined);
  const complete =
    host.trim() !== "" && (kind === "anonymous" || (secret !== "" && (kind === "bearer" || username.trim() !== "")));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(
      {
        host: host.trim(),
        registry: { plain_http: plainHttp, credential: credentialOf(kind, username.trim(), secret) },
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal opened onClose={onClose} title={registry ? `Edit ${registry.host}` : "Add a registry"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {registry ? null : (
            <TextInput
              label="Host"
              description="As in your image names, with the port"
              placeholder="registry.example.com"
              required
              value={host}
              onChange={(event) => setHost(event.currentTarget.value)}
              error={faultOf("host")}
            />
          )}
          <Stack gap={4}>
            <Text size="sm" fw={500} id="credential-kind">
              Credential
            </Text>
            <SegmentedControl
              aria-labelledby="credential-kind"
              data={kinds}
              value={kind}
              onChange={(value) => setKind(value)}
            />
          </Stack>
          {kind === "basic" ? (
            <TextInput
              label="User name"
              required
              autoComplete="off"
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
          ) : null}
          {kind !== "anonymous" ? (
            <PasswordInput
              label={kind === "basic" ? "Password or access token" : "Token"}
              description="Read access is enough. Stagecoach stores it encrypted and never shows it."
              required
              autoComplete="off"
              visibilityToggleButtonProps={{ "aria-label": "Show the input" }}
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
            />
          ) : null}
          <Checkbox
            label="Without TLS"
            description="Use plain HTTP only for a registry in a trusted network"
            checked={plainHttp}
            onChange={(event) => setPlainHttp(event.currentTarget.checked)}
          />
          {put.error ? <ProblemAlert error={put.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending} disabled={!complete}>
              {registry ? "Save" : "Add registry"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function credentialOf(kind: CredentialKind, username: string, secret: string): RegistryCredential {
  switch (kind) {
    case "basic":
      return { kind, username, password: secret };
    case "bearer":
      return { kind, token: secret };
    case "anonymous":
      return { kind };
  }
}
