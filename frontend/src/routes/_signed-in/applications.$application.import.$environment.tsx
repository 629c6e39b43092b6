import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { useState } from "react";
import { appEnvironmentsQuery } from "@/api/environments";
import { ImportPage } from "@/features/importing/import-page";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/applications/$application/import/$environment")({
  validateSearch: (search): { from?: string; cluster?: string; keys?: string[] } => ({
    from: optionalText(search.from),
    cluster: optionalText(search.cluster),
    keys: texts(search.keys),
  }),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(appEnvironmentsQuery(params.application)),
  component: ImportRoute,
});

function ImportRoute() {
  const { application, environment } = Route.useParams();
  const { from, cluster, keys } = Route.useSearch();
  const navigate = Route.useNavigate();
  const { data: environments } = useSuspenseQuery(appEnvironmentsQuery(application));
  const target = environments.find((each) => each.environment.toLowerCase() === environment.toLowerCase());
  const sources = environments.filter((each) => each.configured && each !== target);
  // The first one stays chosen when another environment gets the application meanwhile: a new source empties the form.
  const [first] = useState(sources[0]?.environment);
  return (
    <ImportPage
      application={application}
      environment={target?.environment ?? environment}
      clusters={target?.clusters ?? []}
      defaultNamespace={target?.namespace ?? null}
      sources={sources}
      named={from ?? first ?? null}
      sourceCluster={cluster ?? null}
      keys={keys ?? []}
      onSource={(nextFrom, nextCluster) =>
        void navigate({
          // The keys are those that the former source has and the target lacks.
          search: { from: nextFrom, cluster: nextCluster ?? undefined, keys: nextFrom === from ? keys : undefined },
          replace: true,
        })
      }
      onStarted={(operation) => void navigate({ to: "/operations/$operation", params: { operation } })}
      onProposed={(proposal) => void navigate({ to: "/proposals/$proposal", params: { proposal } })}
    />
  );
}

const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : undefined;
