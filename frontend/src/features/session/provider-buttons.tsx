import { Alert, Button, Divider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Icon } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { startAddress } from "./model";
import { signInProblemQuery, signInProvidersQuery } from "./queries";

/** What went wrong with the last sign-in through a provider. */
export interface FailedSignIn {
  provider: string;
  problem: string;
}

/**
 * The buttons that lead to the OpenID providers. They are links: the browser itself goes to the provider. A provider that
 * cannot be used says why in place of its button.
 */
export function ProviderButtons({ returnTo }: { returnTo: string | undefined }) {
  const { data: providers = [], error } = useQuery(signInProvidersQuery);
  if (error) return <ProblemAlert error={error} />;
  if (providers.length === 0) return null;
  return (
    <Stack gap="sm">
      {providers.map((provider) =>
        provider.problem === null ? (
          <Button
            key={provider.name}
            component="a"
            href={startAddress(provider.url, returnTo)}
            size="md"
            leftSection={<Icon name="person" />}
          >
            Sign in with {provider.display_name}
          </Button>
        ) : (
          <Alert
            key={provider.name}
            color="yellow"
            variant="light"
            icon={<Icon name="warning" />}
            title={`${provider.display_name} cannot be used now`}
          >
            <Text size="sm">{provider.problem}</Text>
          </Alert>
        ),
      )}
      <Divider label="or" labelPosition="center" />
    </Stack>
  );
}

/** The sentence for a sign-in that failed. */
export function FailedSignInAlert({ provider, problem }: FailedSignIn) {
  const { data, error } = useQuery(signInProblemQuery(provider, problem));
  if (error) return <ProblemAlert error={error} />;
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} title="You were not signed in" role="alert">
      <Text size="sm">{data?.detail ?? "…"}</Text>
    </Alert>
  );
}
