import { lazy, Suspense } from "react";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Page } from "@/ui/page";

// Reading and writing YAML is a library of its own: it comes after the page is there.
const Workbench = lazy(() => import("./workbench"));

export interface ConfigurePageProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  defaultNamespace: string | null;
  onStarted: (operation: string) => void;
}

/** Fills an environment from scratch. */
export function ConfigurePage(props: ConfigurePageProps) {
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
