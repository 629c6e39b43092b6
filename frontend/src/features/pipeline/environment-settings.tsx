import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import type { EnvironmentOverview } from "@/api/contract";
import { useRight } from "@/api/rights";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { DeployModeDialog } from "./deploy-mode-dialog";
import classes from "./environment-detail.module.css";
import { useUpdateAppEnvironment } from "./mutations";
import { OwnedImagesSetting } from "./owned-images-setting";

type Mode = EnvironmentOverview["deploy_mode"];

/** Namespace, deploy mode, image references and the stored consent. A switch of the deploy mode shows its effect first. */
export function EnvironmentSettings({
  application,
  environment,
}: {
  application: string;
  environment: EnvironmentOverview;
}) {
  const update = useUpdateAppEnvironment(application, environment.environment);
  const mayChange = useRight("maintain", { application, environment: environment.environment });
  const [asking, setAsking] = useState<Mode | null>(null);
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
            ]}
          />
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
        <Labelled label="Workloads of Helm, Argo CD or Flux">
          <OwnedImagesSetting application={application} environment={environment.environment} />
        </Labelled>
      </div>
      {asking ? (
        <DeployModeDialog
          application={application}
          environment={environment.environment}
          mode={asking}
          pending={update.isPending}
          error={update.error}
          onConfirm={() => update.mutate({ deploy_mode: asking }, { onSuccess: () => setAsking(null) })}
          onClose={() => {
            update.reset();
            setAsking(null);
          }}
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
