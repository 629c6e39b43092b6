import type { ApplicationOverview, EnvironmentOverview } from "@/api/contract";
import { Icon } from "@/ui/icons";
import { LinkButton } from "@/ui/link";
import { Section } from "@/ui/page";
import { useAllowed } from "@/api/me";
import { Note } from "@/ui/note";
import classes from "./environment-detail.module.css";

interface UnconfiguredChoicesProps {
  application: string;
  overview: ApplicationOverview;
  environment: EnvironmentOverview;
}

/** The three ways to fill an environment; the one that fits best stands first and out. */
export function UnconfiguredChoices({ application, overview, environment }: UnconfiguredChoicesProps) {
  const mayFill = useAllowed("operator");
  const source = overview.environments.findLast(({ configured, rank }) => configured && rank < environment.rank);
  const anySource = source ?? overview.environments.find(({ configured }) => configured);
  const params = { application, environment: environment.environment };
  return (
    <Section title={`${environment.environment} is not configured`}>
      {mayFill ? null : <Note title="Filling an environment needs the role operator." />}
      <div className={classes.choices}>
        {anySource ? (
          <section className={classes.choice}>
            <h3>Import</h3>
            <p>
              Copy chosen resources from {anySource.environment}: definitions, with what shall differ here. Volume data
              is never copied.
            </p>
            <LinkButton
              to="/applications/$application/import/$environment"
              params={params}
              search={{ from: anySource.environment }}
              leftSection={<Icon name="copy" />}
              disabled={!mayFill}
            >
              Import
            </LinkButton>
          </section>
        ) : null}
        <section className={classes.choice}>
          <h3>Configure</h3>
          <p>Describe workloads, ConfigMaps and Secrets from scratch, in a form or as YAML.</p>
          <LinkButton
            to="/applications/$application/configure/$environment"
            params={params}
            variant={anySource ? "default" : "filled"}
            leftSection={<Icon name="plus" />}
            disabled={!mayFill}
          >
            Configure
          </LinkButton>
        </section>
        <section className={classes.choice}>
          <h3>Adopt</h3>
          <p>Take up what already runs in a namespace. Nothing is changed on any cluster.</p>
          <LinkButton
            to="/applications/$application/adopt/$environment"
            params={params}
            variant="default"
            leftSection={<Icon name="hand" />}
            disabled={!mayFill}
          >
            Adopt
          </LinkButton>
        </section>
      </div>
    </Section>
  );
}
