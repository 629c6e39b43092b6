import type { ApplicationOverview, EnvironmentOverview } from "@/api/contract";
import { useClosedGates } from "@/api/gates";
import { Gates } from "@/ui/gates";
import { Icon } from "@/ui/icons";
import { LinkButton } from "@/ui/link";
import { Section } from "@/ui/page";
import { useLack } from "@/api/rights";
import { Note } from "@/ui/note";
import classes from "./environment-detail.module.css";

interface UnconfiguredChoicesProps {
  application: string;
  overview: ApplicationOverview;
  environment: EnvironmentOverview;
}

/** The three ways to configure an environment; the most likely one comes first and is highlighted. */
export function UnconfiguredChoices({ application, overview, environment }: UnconfiguredChoicesProps) {
  const source = overview.environments.findLast(({ configured, rank }) => configured && rank < environment.rank);
  const anySource = source ?? overview.environments.find(({ configured }) => configured);
  const params = { application, environment: environment.environment };
  const lack = useLack("maintain", params);
  const mayConfigure = lack === null;
  const closed = useClosedGates(application, environment.environment);
  const gates = closed.filter(({ kinds }) => kinds.includes("import") || kinds.includes("configure"));
  return (
    <Section title={`${environment.environment} is not configured`}>
      {lack === null ? null : <Note title={lack} />}
      <Gates gates={gates} />
      <div className={classes.choices}>
        {anySource ? (
          <section className={classes.choice}>
            <h3>Import</h3>
            <p>
              Copy resource definitions from {anySource.environment}, with overrides for this environment. Volume data
              is never copied.
            </p>
            <LinkButton
              to="/applications/$application/import/$environment"
              params={params}
              search={{ from: anySource.environment }}
              leftSection={<Icon name="copy" />}
              disabled={!mayConfigure}
            >
              Import
            </LinkButton>
          </section>
        ) : null}
        <section className={classes.choice}>
          <h3>Configure</h3>
          <p>Create workloads, ConfigMaps and Secrets in a form or as YAML.</p>
          <LinkButton
            to="/applications/$application/configure/$environment"
            params={params}
            variant={anySource ? "default" : "filled"}
            leftSection={<Icon name="plus" />}
            disabled={!mayConfigure}
          >
            Configure
          </LinkButton>
        </section>
        <section className={classes.choice}>
          <h3>Adopt</h3>
          <p>
            Record workloads that already run in a namespace as this application's. Adopting changes nothing on the
            clusters.
          </p>
          <LinkButton
            to="/applications/$application/adopt/$environment"
            params={params}
            variant="default"
            leftSection={<Icon name="hand" />}
            disabled={!mayConfigure}
          >
            Adopt
          </LinkButton>
        </section>
      </div>
    </Section>
  );
}
