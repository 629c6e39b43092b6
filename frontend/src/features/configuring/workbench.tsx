import { SegmentedControl } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { CopyPlan, OnConflict } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { writes } from "@/lib/copy-plan";
import { count } from "@/lib/words";
import { ConflictChoice } from "@/ui/conflict-choice";
import { Loading } from "@/ui/loaded";
import { NamespaceField } from "@/ui/namespace-field";
import { Section } from "@/ui/page";
import { PreviewAndStart } from "@/connected/preview-and-start";
import { checkQuery, previewConfigure, startConfigure } from "./calls";
import classes from "./configuring.module.css";
import { ContentForm } from "./content-form";
import type { Mistake } from "./documents";
import { Mistakes } from "./mistakes";
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
}

/** Where it goes, what it is (form and YAML are two views of one text), what would change, go. */
export default function Workbench({ application, environment, clusters, defaultNamespace, onStarted }: WorkbenchProps) {
  const [text, setText] = useState("");
  const [namespace, setNamespace] = useState(defaultNamespace ?? application.toLowerCase());
  const [onConflict, setOnConflict] = useState<OnConflict>("fail");
  const namespaces = useQuery(environmentNamespacesQuery(environment));
  const content = useMemo(() => contentOf(text), [text]);
  const mistakes = useMistakes(text, content.mistakes);
  const request = requestFor({ text, namespace, onConflict });

  return (
    <>
      <Section title="Where">
        <div className={classes.where}>
          <NamespaceField namespaces={namespaces.data} clusters={clusters} value={namespace} onChange={setNamespace} />
          <ConflictChoice value={onConflict} onChange={setOnConflict} />
        </div>
      </Section>
      <Editing text={text} onChange={setText} mistakes={mistakes} content={content} />
      <PreviewAndStart
        request={JSON.stringify(request)}
        summary={count(content.entries.length, "entry", "entries")}
        incomplete={incomplete(namespace, text, mistakes)}
        preview={(signal) => previewConfigure(application, environment, request, signal)}
        start={({ digest }, keyFor) =>
          startConfigure(application, environment, { ...request, plan_digest: digest }, keyFor(digest))
        }
        label={(plan) => (plan ? labelOf(plan) : "Configure")}
        icon="plus"
        onStarted={onStarted}
      />
    </>
  );
}

interface EditingProps {
  text: string;
  onChange: (text: string) => void;
  mistakes: readonly Mistake[];
  content: ReturnType<typeof contentOf>;
}

/** Side by side where there is room; else one view, and a switch. */
function Editing({ text, onChange, mistakes, content }: EditingProps) {
  const wide = useMediaQuery("(min-width: 1180px)", true);
  const [view, setView] = useState<View>("form");
  const form = <ContentForm text={text} content={content} onChange={onChange} />;
  const yaml = (
    <div className={classes.yaml}>
      <div className={classes.editor}>
        <Suspense fallback={<Loading what="the editor" />}>
          <YamlEditor value={text} mistakes={mistakes} onChange={onChange} />
        </Suspense>
      </div>
      <Mistakes mistakes={mistakes} />
    </div>
  );
  return (
    <Section
      title="What"
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

/** What is wrong with the text: what can be seen here at once, and what the service adds when typing pauses. */
function useMistakes(text: string, here: readonly Mistake[]): readonly Mistake[] {
  const [paused] = useDebouncedValue(text, TYPING_PAUSE);
  const checked = useQuery({
    ...checkQuery(paused),
    enabled: paused.trim() !== "" && here.length === 0,
  });
  return useMemo(
    () => (here.length > 0 ? here : paused === text ? (checked.data?.mistakes ?? []) : []),
    [here, checked.data, paused, text],
  );
}

function incomplete(namespace: string, text: string, mistakes: readonly Mistake[]): string | null {
  if (namespace === "") return "Name the namespace.";
  if (text.trim() === "") return "Add a workload, ConfigMap or Secret.";
  return mistakes.length > 0 ? `Mend ${count(mistakes.length, "mistake")} in the YAML.` : null;
}

function labelOf(plan: CopyPlan): string {
  const { resources, clusters } = writes(plan.clusters);
  return resources === 0
    ? "Nothing to configure"
    : `Configure ${count(resources, "resource")} on ${count(clusters, "cluster")}`;
}
