import { SegmentedControl } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { CopyPlan, OnConflict } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { writes } from "@/lib/copy-plan";
import { count } from "@/lib/words";
import { ConflictChoice } from "@/ui/conflict-choice";
import { RestartChoice } from "@/ui/restart-choice";
import { Loading } from "@/ui/loaded";
import { NamespaceField } from "@/ui/namespace-field";
import { Section } from "@/ui/page";
import { PreviewAndStart } from "@/connected/preview-and-start";
import { checkQuery, previewConfigure, startConfigure } from "./calls";
import classes from "./configuring.module.css";
import { ContentForm } from "./content-form";
import type { YamlError } from "./documents";
import { YamlErrors } from "./yaml-errors";
import { contentOf } from "./model";
import { requestFor } from "./request";

const YamlEditor = lazy(() => import("./yaml-editor"));

type View = "form" | "yaml";

export interface WorkbenchProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  defaultNamespace: string | null;
  onStarted: (operation: string) => void;
  onProposed: (proposal: string) => void;
}

/** The target, the manifests (form and YAML are two views of one text), the preview, and the start button. */
export default function Workbench(props: WorkbenchProps) {
  const { application, environment, clusters, defaultNamespace, onStarted, onProposed } = props;
  const [text, setText] = useState("");
  const [namespace, setNamespace] = useState(defaultNamespace ?? application.toLowerCase());
  const [onConflict, setOnConflict] = useState<OnConflict>("fail");
  const [restart, setRestart] = useState(false);
  const namespaces = useQuery(environmentNamespacesQuery(environment));
  const content = useMemo(() => contentOf(text), [text]);
  const errors = useYamlErrors(text, content.errors);
  const request = requestFor({ text, namespace, onConflict, restart });

  return (
    <>
      <Section title="Target">
        <div className={classes.where}>
          <NamespaceField namespaces={namespaces.data} clusters={clusters} value={namespace} onChange={setNamespace} />
          <ConflictChoice value={onConflict} onChange={setOnConflict} />
          <RestartChoice checked={restart} onChange={setRestart} />
        </div>
      </Section>
      <Editing text={text} onChange={setText} errors={errors} content={content} />
      <PreviewAndStart
        application={application}
        environment={environment}
        request={JSON.stringify(request)}
        summary={count(content.entries.length, "manifest")}
        incomplete={incomplete(namespace, text, errors)}
        preview={(signal) => previewConfigure(application, environment, request, signal)}
        start={({ digest }, keyFor, glass) =>
          startConfigure(application, environment, { ...request, plan_digest: digest, ...glass }, keyFor(digest))
        }
        label={(plan) => (plan ? labelOf(plan) : "Configure")}
        icon="plus"
        onStarted={onStarted}
        proposal={{
          change: ({ digest }) => ({ application, environment, configure: { ...request, plan_digest: digest } }),
          onProposed,
        }}
      />
    </>
  );
}

interface EditingProps {
  text: string;
  onChange: (text: string) => void;
  errors: readonly YamlError[];
  content: ReturnType<typeof contentOf>;
}

/** Form and YAML side by side on wide screens; otherwise one of them, with a switch. */
function Editing({ text, onChange, errors, content }: EditingProps) {
  const wide = useMediaQuery("(min-width: 1180px)", true);
  const [view, setView] = useState<View>("form");
  const form = <ContentForm text={text} content={content} onChange={onChange} />;
  const yaml = (
    <div className={classes.yaml}>
      <div className={classes.editor}>
        <Suspense fallback={<Loading what="the editor" />}>
          <YamlEditor value={text} errors={errors} onChange={onChange} />
        </Suspense>
      </div>
      <YamlErrors errors={errors} />
    </div>
  );
  return (
    <Section
      title="Manifests"
      actions={
        wide ? null : (
          <SegmentedControl
            aria-label="View"
            value={view}
            onChange={(value) => setView(value)}
            data={[
              { value: "form", label: "Form" },
              { value: "yaml", label: "YAML" },
            ]}
          />
        )
      }
    >
      {wide ? (
        <div className={classes.both}>
          <div>{form}</div>
          {yaml}
        </div>
      ) : view === "form" ? (
        form
      ) : (
        yaml
      )}
    </Section>
  );
}

const TYPING_PAUSE = 400;

/** The errors in the text: syntax errors at once, and the errors that the service finds when typing pauses. */
function useYamlErrors(text: string, syntaxErrors: readonly YamlError[]): readonly YamlError[] {
  const [paused] = useDebouncedValue(text, TYPING_PAUSE);
  const checked = useQuery({
    ...checkQuery(paused),
    enabled: paused.trim() !== "" && syntaxErrors.length === 0,
  });
  return useMemo(
    () => (syntaxErrors.length > 0 ? syntaxErrors : paused === text ? (checked.data?.mistakes ?? []) : []),
    [syntaxErrors, checked.data, paused, text],
  );
}

function incomplete(namespace: string, text: string, errors: readonly YamlError[]): string | null {
  if (namespace === "") return "Enter a namespace.";
  if (text.trim() === "") return "Add a workload, ConfigMap or Secret.";
  return errors.length > 0 ? `Fix ${count(errors.length, "error")} in the YAML.` : null;
}

function labelOf(plan: CopyPlan): string {
  const { resources, clusters } = writes(plan.clusters);
  if (resources === 0) return plan.blocked ? "Configure" : "Nothing to configure";
  return `Configure ${count(resources, "resource")} on ${count(clusters, "cluster")}`;
}
