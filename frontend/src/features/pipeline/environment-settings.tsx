import { Button, Group, SegmentedControl, Stack } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { ApplicationOverview, AppEnvironmentUpdate, DeployMode, EnvironmentOverview } from "@/api/contract";
import { useRight } from "@/api/rights";
import { FollowBadge } from "@/ui/follow-badge";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { DeployModeDialog } from "./deploy-mode-dialog";
import classes from "./environment-detail.module.css";
import { ImageDeliverySetting } from "./image-delivery-setting";
import { useUpdateAppEnvironment } from "./mutations";

// Loaded on demand, with the fields for numbers and lists that no other part of the page needs.
const FollowDialog = lazy(async () => ({ default: (await import("./follow-dialog")).FollowDialog }));

/** Namespace, deploy mode, image references and the delivery to owned workloads. A switch of the deploy mode shows its effect first. */
export function EnvironmentSettings({
  application,
  overview,
  environment,
}: {
  application: string;
  overview: ApplicationOverview;
  environment: EnvironmentOverview;
}) {
  const update = useUpdateAppEnvironment(application, environment.environment);
  const mayChange = useRight("maintain", { application, environment: environment.environment });
  const [asking, setAsking] = useState<DeployMode | null>(null);
  const close = () => {
    update.reset();
    setAsking(null);
  };
  const change = (changes: AppEnvironmentUpdate) => update.mutate(changes, { onSuccess: () => setAsking(null) });
  return (
    <Section title="Settings">
      <div className={classes.card}>
        <Labelled label="Namespace">
          <code>{environment.namespace}</code>
        </Labelled>
        <Labelled label="Deploy mode" id="deploy-mode">
          <SegmentedControl
            fullWidth
            aria-labelledby="deploy-mode"
            disabled={!mayChange || update.isPending}
            value={environment.deploy_mode}
            onChange={(value) => setAsking(value)}
            data={[
              { value: "manual", label: "Manual" },
              { value: "auto", label: "Automatic" },
              { value: "follow", label: "Follow" },
            ]}
          />
          {environment.follow ? (
            <Group gap="xs">
              <FollowBadge follow={environment.follow} />
              <Button
                size="compact-sm"
                variant="default"
                disabled={!mayChange || update.isPending}
                onClick={() => setAsking("follow")}
              >
                Change what it follows
              </Button>
            </Group>
          ) : null}
        </Labelled>
        <Labelled label="Image reference" id="pin">
          <SegmentedControl
            fullWidth
            aria-labelledby="pin"
            disabled={!mayChange || update.isPending}
            value={environment.pin}
            onChange={(value) => update.mutate({ pin: value })}
            data={[
              { value: "digest", label: "Tag and digest" },
              { value: "tag", label: "Tag only" },
            ]}
          />
        </Labelled>
        {update.error && !asking ? <ProblemAlert error={update.error} /> : null}
        <Labelled label="Delivery to workloads of Helm, Argo CD or Flux" id="delivery">
          <ImageDeliverySetting application={application} environment={environment.environment} labelledBy="delivery" />
        </Labelled>
      </div>
      {asking === "follow" ? (
        <Suspense fallback={null}>
          <FollowDialog
            overview={overview}
            environment={environment}
            pending={update.isPending}
            error={update.error}
            onConfirm={(follow) => change({ deploy_mode: "follow", follow })}
            onClose={close}
          />
        </Suspense>
      ) : asking ? (
        <DeployModeDialog
          application={application}
          environment={environment.environment}
          mode={asking}
          pending={update.isPending}
          error={update.error}
          onConfirm={() => change({ deploy_mode: asking })}
          onClose={close}
        />
      ) : null}
    </Section>
  );
}

function Labelled({ label, id, children }: { label: string; id?: string; children: React.ReactNode }) {
  return (
    <Stack gap={4}>
      <span id={id} className={classes.dim}>
        {label}
      </span>
      {children}
    </Stack>
  );
}
