import type { EnvironmentOverview, Resource } from "@/api/contract";
import { count, listed } from "@/lib/words";
import { ImageRef } from "@/ui/image-ref";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { customStatus } from "@/ui/statuses";
import { Time } from "@/ui/time";
import classes from "./custom-resources.module.css";
import { customSkew, unhealthyCustom, healthyCustom, type CustomKind, type CustomState } from "./custom-model";

const IN_CARD = 3;

/** The custom resources of an environment: those that need attention one by one, the others by kind and folded. */
export function CustomResources({ environment }: { environment: EnvironmentOverview }) {
  const total = environment.custom_resources.length;
  if (total === 0) return null;
  const unhealthy = unhealthyCustom(environment);
  const kinds = healthyCustom(environment);
  const skew = customSkew(environment);
  const healthy = kinds.reduce((sum, { resources }) => sum + resources.length, 0);
  return (
    <Section title="Custom resources" actions={<span className={classes.dim}>{total}</span>}>
      <div className={classes.box}>
        {unhealthy.length + skew.length > 0 ? (
          <ul className={classes.list} aria-label="Custom resources that need attention">
            {unhealthy.map((state) => (
              <Unhealthy key={state.key} state={state} />
            ))}
            {skew.map(({ resource, path, images }) => (
              <li key={`${resource.kind}/${resource.name} ${path}`} className={classes.row}>
                <Name resource={resource} />
                <StatusBadge quiet status={{ label: "Skew", tone: "warn", icon: "split" }} />
                <p className={classes.message}>
                  <code>{path}</code>:{" "}
                  {images.map(({ cluster, image }) => (
                    <span key={cluster} className={classes.image}>
                      <ImageRef image={image} /> on {cluster}
                    </span>
                  ))}
                </p>
              </li>
            ))}
          </ul>
        ) : null}
        {kinds.length > 0 ? (
          <details className={classes.healthy}>
            <summary>
              {healthy === total ? "All are healthy" : `${count(healthy, "other is", "others are")} healthy`}
            </summary>
            <dl className={classes.kinds}>
              {kinds.map((kind) => (
                <KindView key={`${kind.kind} ${kind.apiVersion}`} kind={kind} />
              ))}
            </dl>
          </details>
        ) : null}
      </div>
    </Section>
  );
}

function Unhealthy({ state }: { state: CustomState }) {
  const status = customStatus(state.health, state.reason);
  return (
    <li className={classes.row}>
      <Name resource={state.resource} />
      <StatusBadge quiet status={status} />
      <span className={classes.dim}>
        {state.reason !== null && state.reason !== status.label ? `${state.reason} ` : ""}on {listed(state.clusters)}
        {state.since ? (
          <>
            , since <Time at={state.since} />
          </>
        ) : null}
      </span>
      {state.message ? <p className={classes.message}>{state.message}</p> : null}
    </li>
  );
}

function Name({ resource }: { resource: Resource }) {
  return (
    <span className={classes.name} title={resource.api_version}>
      <span className={classes.dim}>{resource.kind}</span> {resource.name}
    </span>
  );
}

function KindView({ kind }: { kind: CustomKind }) {
  return (
    <div>
      <dt title={kind.apiVersion}>{kind.kind}</dt>
      {kind.resources.map(({ name, health, reason }) => (
        <dd key={name}>
          {name} <StatusBadge quiet status={customStatus(health, reason)} />
        </dd>
      ))}
    </div>
  );
}

/** On the card of an environment: the first of those that need attention, else how many there are. */
export function CustomInCard({ environment }: { environment: EnvironmentOverview }) {
  const total = environment.custom_resources.length;
  if (total === 0) return null;
  const unhealthy = unhealthyCustom(environment, "known");
  const left = unhealthy.length - IN_CARD;
  return (
    <ul className={classes.card} aria-label={`Custom resources of ${environment.environment}`}>
      {unhealthy.length === 0 ? <li className={classes.dim}>{count(total, "custom resource")}</li> : null}
      {unhealthy.slice(0, IN_CARD).map(({ key, resource, health, reason, message, clusters }) => {
        const status = customStatus(health, reason);
        return (
          <li key={key} className={classes.row}>
            <Name resource={resource} />
            <StatusBadge quiet status={status} hint={message} />
            <span className={classes.dim}>
              {reason !== null && reason !== status.label ? `${reason} ` : ""}on {listed(clusters)}
            </span>
          </li>
        );
      })}
      {left > 0 ? <li className={classes.dim}>and {count(left, "other", "others")}</li> : null}
    </ul>
  );
}
