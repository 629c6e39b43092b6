import { lazy, Suspense } from "react";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Page } from "@/ui/page";
import type { WorkbenchProps } from "./workbench";

// Reading and writing YAML is a library of its own: it comes after the page is there.
const Workbench = lazy(() => import("./workbench"));

/** Fills an environment from scratch. */
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
      below={`The same goes to every cluster of ${environment}: ${clusters.join(", ")}.`}
    >
      <Suspense fallback={<Loading what="the form" />}>
        <Workbench {...props} />
      </Suspense>
    </Page>
  );
}
