import { Checkbox, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { CopyDelivery, GitFolder, ImportRequest, SourceResource } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { useLack } from "@/api/rights";
import { count } from "@/lib/words";
import { ConflictChoice } from "@/ui/conflict-choice";
import { RestartChoice } from "@/ui/restart-choice";
import { EmptyState } from "@/ui/empty-state";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { NamespaceField } from "@/ui/namespace-field";
import { Note } from "@/ui/note";
import { Page, Section } from "@/ui/page";
import { PreviewAndStart } from "@/connected/preview-and-start";
import classes from "./importing.module.css";
import { ChosenKeys } from "./chosen-keys";
import { choiceOfKeys, copyLabel, initialChoice, keysIn, offers, requestFor, type Choice } from "./model";
import { previewImport, startImport } from "./calls";
import { LeaveOutField } from "./leave-out-field";
import { NamespaceLabelsField } from "./namespace-labels-field";
import { OffersView } from "./offers-view";
import { OverridesForm } from "./overrides-form";
import { sourceResourcesQuery } from "./queries";
import { ResourceTree } from "./resource-tree";
import { WrittenToField } from "./written-to-field";

/** A wish rather than an exception: no problem asks for it. */
const NODE_PORTS = "node-ports";

export interface ImportSource {
  environment: string;
  clusters: string[];
}

interface ImportPageProps {
  application: string;
  environment: string;
  /** The clusters of the target. */
  clusters: readonly string[];
  defaultNamespace: string | null;
  sources: readonly ImportSource[];
  /** The environment to import from, which may not be among the sources yet; null where there was none. */
  named: string | null;
  sourceCluster: string | null;
  /** Keys that are to be brought and no others, as `ConfigMap/settings:mode`; empty for an import of whole resources. */
  keys: readonly string[];
  onSource: (environment: string, cluster: string | null) => void;
  onStarted: (operation: string) => void;
  onProposed: (proposal: string) => void;
}

/** Copies selected resources from another environment: their definitions, never volume data. */
export function ImportPage(props: ImportPageProps) {
  const { application, environment, sources, named, sourceCluster, onSource } = props;
  const source = sources.find((each) => each.environment.toLowerCase() === named?.toLowerCase());
  return (
    <Page
      title={`Import ${application} into ${environment}`}
      above={
        <Link to="/applications/$application" params={{ application }} search={{ environment }}>
          {application}
        </Link>
      }
      below="Stagecoach copies resource definitions, never volume data. It writes nothing before you start the previewed plan."
    >
      {sources.length > 0 ? (
        <>
          <Section title="Source">
            <div className={classes.fields}>
              <Select
                label="Source environment"
                description="An environment in which the application is configured"
                allowDeselect={false}
                data={sources.map((each) => each.environment)}
                value={source?.environment ?? null}
                error={source || named === null ? null : `${application} is not configured in ${named}.`}
                onChange={(value) => value && onSource(value, null)}
              />
              <Select
                label="Source cluster"
                description="The cluster to read the resources from"
                allowDeselect={false}
                disabled={!source}
                data={(source?.clusters ?? []).map((cluster, index) => ({
                  value: cluster,
                  label: index === 0 ? `${cluster} (primary)` : cluster,
                }))}
                value={sourceCluster ?? source?.clusters[0] ?? null}
                onChange={(cluster) => source && onSource(source.environment, cluster)}
              />
            </div>
          </Section>
          {source ? <SourceLoaded key={`${source.environment} ${sourceCluster}`} {...props} source={source} /> : null}
        </>
      ) : (
        <EmptyState title="No environment to import from">
          <p>{application} is not configured in any other environment. Configure or adopt it in one first.</p>
        </EmptyState>
      )}
    </Page>
  );
}

function SourceLoaded(props: ImportPageProps & { source: ImportSource }) {
  const query = useQuery(sourceResourcesQuery(props.application, props.source.environment, props.sourceCluster));
  const target = useQuery(appEnvironmentQuery(props.application, props.environment));
  return (
    <Loaded query={query} what="the source's resources">
      {({ items, namespace, unread }) => (
        <>
          {unread.length > 0 ? (
            <Note tone="warn" title="Some resources could not be read">
              Stagecoach could not list {unread.join(", ")} in {namespace}: the credential lacks the permission, or the
              server of that API is down.
            </Note>
          ) : null}
          {items.length === 0 ? (
            <EmptyState title={`The namespace ${namespace} is empty`} />
          ) : (
            <Loaded query={target} what="the target">
              {({ git_folder }) => (
                <ResourceSelection {...props} items={items} sourceNamespace={namespace} folder={git_folder} />
              )}
            </Loaded>
          )}
        </>
      )}
    </Loaded>
  );
}

interface ResourceSelectionProps extends ImportPageProps {
  source: ImportSource;
  items: readonly SourceResource[];
  sourceNamespace: string;
  /** Where imports into the target write files, if anywhere. */
  folder: GitFolder | null;
}

function ResourceSelection({ items, sourceNamespace, folder, ...props }: ResourceSelectionProps) {
  const namespaces = useQuery(environmentNamespacesQuery(props.environment));
  // It reads Secrets there, so that seeing the source is not enough.
  const lackInSource = useLack("maintain", { application: props.application, environment: props.source.environment });
  const [choice, setChoice] = useState<Omit<Choice, "source" | "sourceCluster" | "delivery">>(() => ({
    namespace: props.defaultNamespace ?? sourceNamespace,
    chosen: initialChoice(items),
    onlyKeys: {},
    ...choiceOfKeys(items, props.keys),
    overrides: [],
    leaveOut: "",
    namespaceLabels: "",
    allow: [],
    onConflict: "fail",
    restart: false,
  }));
  const [writtenTo, setWrittenTo] = useState<CopyDelivery>("git");
  const delivery = folder === null ? null : writtenTo;
  const change = (changes: Partial<Choice>) => setChoice((before) => ({ ...before, ...changes }));
  const check = (keys: readonly string[], checked: boolean) => {
    const chosen = new Set(choice.chosen);
    for (const key of keys) {
      if (checked) chosen.add(key);
      else chosen.delete(key);
    }
    change({ chosen });
  };

  const request = requestFor(items, {
    ...choice,
    source: props.source.environment,
    sourceCluster: props.sourceCluster,
    delivery,
  });
  return (
    <div className={classes.steps}>
      <Section title="Target">
        <div className={classes.fields}>
          <NamespaceField
            namespaces={namespaces.data}
            clusters={props.clusters}
            value={choice.namespace}
            onChange={(namespace) => change({ namespace })}
          />
          <NamespaceLabelsField
            value={choice.namespaceLabels}
            onChange={(namespaceLabels) => change({ namespaceLabels })}
          />
          {folder ? <WrittenToField folder={folder} value={writtenTo} onChange={setWrittenTo} /> : null}
        </div>
      </Section>
      {Object.keys(choice.onlyKeys).length > 0 ? (
        <Section title="Keys">
          <ChosenKeys
            named={keysIn(props.keys).onlyKeys}
            onlyKeys={choice.onlyKeys}
            onChange={(onlyKeys) => change({ onlyKeys })}
          />
        </Section>
      ) : null}
      <Section title="Resources">
        <OffersView offers={offers(items, choice.chosen)} onTake={(keys) => check(keys, true)} />
        <ResourceTree items={items} chosen={choice.chosen} onChange={check} />
      </Section>
      <Section title="Overrides">
        <OverridesForm items={items} lines={choice.overrides} onChange={(overrides) => change({ overrides })} />
        <div className={classes.fields}>
          <LeaveOutField value={choice.leaveOut} onChange={(leaveOut) => change({ leaveOut })} />
          <Checkbox
            label="Keep node ports"
            description="Copy the node ports of Services instead of letting the target cluster allocate them."
            checked={choice.allow.includes(NODE_PORTS)}
            onChange={(event) =>
              change({
                allow: event.currentTarget.checked
                  ? [...choice.allow, NODE_PORTS]
                  : choice.allow.filter((each) => each !== NODE_PORTS),
              })
            }
          />
        </div>
      </Section>
      <Section title="Conflicts">
        <div className={classes.fields}>
          <ConflictChoice value={choice.onConflict} onChange={(onConflict) => change({ onConflict })} />
          {delivery === "git" ? null : (
            <RestartChoice checked={choice.restart} onChange={(restart) => change({ restart })} />
          )}
        </div>
      </Section>
      <PreviewAndStart
        application={props.application}
        environment={props.environment}
        blocked={lackInSource}
        request={JSON.stringify(request)}
        summary={`${count(request.resources.length, "resource")} selected`}
        incomplete={incomplete(request)}
        preview={(signal) => previewImport(props.application, props.environment, request, signal)}
        start={({ digest }, keyFor, glass) =>
          startImport(
            props.application,
            props.environment,
            { ...request, plan_digest: digest, ...glass },
            keyFor(digest),
          )
        }
        label={(plan) => (plan ? copyLabel(plan) : "Copy")}
        icon="copy"
        consents={{
          given: choice.allow.filter((each) => each !== NODE_PORTS),
          onChange: (given) => change({ allow: [...choice.allow.filter((each) => each === NODE_PORTS), ...given] }),
        }}
        onStarted={props.onStarted}
        proposal={{
          change: ({ digest }) => ({
            application: props.application,
            environment: props.environment,
            import: { ...request, plan_digest: digest },
          }),
          onProposed: props.onProposed,
        }}
      />
    </div>
  );
}

function incomplete(request: ImportRequest): string | null {
  if (!request.namespace) return "Enter a namespace.";
  return request.resources.length === 0 ? "Select at least one resource." : null;
}
