import { NumberInput, Select, Stack, TagsInput, Text } from "@mantine/core";
import { useState } from "react";
import type { ApplicationOverview, EnvironmentOverview, FollowInput } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";

const MAX_MINUTES = 7 * 24 * 60;

interface FollowDialogProps {
  overview: ApplicationOverview;
  environment: EnvironmentOverview;
  pending: boolean;
  error: unknown;
  onConfirm: (follow: FollowInput) => void;
  onClose: () => void;
}

/** Which environment to follow, for how long it has to be healthy, and which checks it has to pass. */
export function FollowDialog({ overview, environment, pending, error, onConfirm, onClose }: FollowDialogProps) {
  const others = overview.environments.filter((each) => each.environment !== environment.environment);
  const before = others.findLast(({ configured, rank }) => configured && rank < environment.rank);
  const known = others.find((each) => each.environment === environment.follow?.environment);
  const [source, setSource] = useState<string | null>((known ?? before)?.environment ?? null);
  const [minutes, setMinutes] = useState<number | string>(environment.follow?.healthy_minutes ?? 30);
  const [checks, setChecks] = useState<string[]>(environment.follow?.checks ?? []);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Have ${environment.environment} follow an environment`}
      action="Follow"
      destructive={false}
      ready={source !== null && typeof minutes === "number"}
      pending={pending}
      error={error}
      onConfirm={() => {
        if (source !== null && typeof minutes === "number")
          onConfirm({ environment: source, healthy_minutes: minutes, checks });
      }}
    >
      <Stack gap="sm">
        <Text>
          What has been healthy there for long enough is promoted to {environment.environment} automatically, with its
          strategy: the same digests, each set once. Holds, freezes, stops and approvals apply. What was rolled back
          does not come back by itself.
        </Text>
        <Select
          label="Environment to follow"
          data={others.map((each) => each.environment)}
          value={source}
          onChange={setSource}
          allowDeselect={false}
        />
        <NumberInput
          label="Minutes of health"
          description="On all of its clusters. One unhealthy moment begins them anew."
          min={0}
          max={MAX_MINUTES}
          allowDecimal={false}
          value={minutes}
          onChange={setMinutes}
        />
        <TagsInput
          label="Checks"
          description="By name: the last operation there has to have passed them. Without any, its success is enough."
          value={checks}
          onChange={setChecks}
        />
      </Stack>
    </ConfirmDialog>
  );
}
