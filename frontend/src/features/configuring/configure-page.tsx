import { lazy, Suspense } from "react";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Page } from "@/ui/page";
import type { WorkbenchProps } from "./workbench";

// Loaded after the page, since it contains the YAML library.
const Workbench = lazy(() => import("./workbench"));

/** Configures an application in an environment from new manifests. */
export function ConfigurePage(props: WorkbenchProps) {
  const { application, environment, clusters } = props;
  return (
    <Page
      title={`Configure ${application} in ${environment}`}
      above={
        <Link to="/applications/$application" params={{ application }} search={{ environment }}>
          {application}
        </Link>
      }
      below={`Stagecoach applies the same manifests to every cluster of ${environment}: ${clusters.join(", ")}.`}
    >
      <Suspense fallback={<Loading what="the form" />}>
        <Workbench {...props} />
      </Suspense>
    </Page>
  );
}
