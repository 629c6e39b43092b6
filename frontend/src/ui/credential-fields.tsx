import { PasswordInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useId } from "react";
import { credentialWords, type CredentialKind, type EnteredCredential } from "./credential";

const kinds = Object.entries(credentialWords).map(([value, label]) => ({ value: value as CredentialKind, label }));

interface CredentialFieldsProps {
  value: EnteredCredential;
  onChange: (value: EnteredCredential) => void;
}

/** The credential for a server. A stored one is never shown: it is entered again. */
export function CredentialFields({ value, onChange }: CredentialFieldsProps) {
  const label = useId();
  return (
    <>
      <Stack gap={4}>
        <Text size="sm" fw={500} id={label}>
          Credential
        </Text>
        <SegmentedControl
          aria-labelledby={label}
          data={kinds}
          value={value.kind}
          onChange={(kind) => onChange({ ...value, kind })}
        />
      </Stack>
      {value.kind === "basic" ? (
        <TextInput
          label="User name"
          required
          autoComplete="off"
          value={value.username}
          onChange={(event) => onChange({ ...value, username: event.currentTarget.value })}
        />
      ) : null}
      {value.kind !== "anonymous" ? (
        <PasswordInput
          label={value.kind === "basic" ? "Password or access token" : "Token"}
          description="Read access is enough. Stagecoach stores it encrypted and never shows it."
          required
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": "Show the input" }}
          value={value.secret}
          onChange={(event) => onChange({ ...value, secret: event.currentTarget.value })}
        />
      ) : null}
    </>
  );
}
