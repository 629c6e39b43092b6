import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Registry } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { credentialLike, credentialOf, isComplete } from "@/ui/credential";
import { CredentialFields } from "@/ui/credential-fields";
import { ProblemAlert } from "@/ui/problem-alert";
import { usePutRegistry } from "./mutations";

interface RegistryDialogProps {
  /** The registry to edit, or null for a new one. */
  registry: Registry | null;
  onClose: () => void;
}

/** Adds or edits a registry. The stored credential is never shown: to edit the registry, enter it again. */
export function RegistryDialog({ registry, onClose }: RegistryDialogProps) {
  const put = usePutRegistry();
  const [host, setHost] = useState(registry?.host ?? "");
  const [credential, setCredential] = useState(credentialLike(registry));
  const [plainHttp, setPlainHttp] = useState(registry?.plain_http ?? false);
  const faultOf = (field: string) => (put.error ? asProblem(put.error).messageFor(field) : undefined);
  const complete = host.trim() !== "" && isComplete(credential);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(
      { host: host.trim(), registry: { plain_http: plainHttp, credential: credentialOf(credential) } },
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
          <CredentialFields value={credential} onChange={setCredential} />
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
