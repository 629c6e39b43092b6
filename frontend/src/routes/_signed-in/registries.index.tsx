import { createFileRoute } from "@tanstack/react-router";
import { DeclaredKindsSection } from "@/features/declared-kinds/declared-kinds-section";
import { declaredKindsQuery } from "@/features/declared-kinds/queries";
import { GitRepositoriesSection } from "@/features/git-repositories/git-repositories-section";
import { gitRepositoriesQuery } from "@/api/git-repositories";
import { receiversQuery } from "@/features/receivers/queries";
import { ReceiversSection } from "@/features/receivers/receivers-section";
import { PollsSection } from "@/features/registries/polls-section";
import { pollsQuery, registriesQuery } from "@/features/registries/queries";
import { RegistriesSection } from "@/features/registries/registries-section";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_signed-in/registries/")({
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(receiversQuery);
    void context.queryClient.prefetchQuery(registriesQuery);
    void context.queryClient.prefetchQuery(pollsQuery);
    void context.queryClient.prefetchQuery(gitRepositoriesQuery);
    void context.queryClient.prefetchQuery(declaredKindsQuery);
  },
  component: RegistriesRoute,
});

function RegistriesRoute() {
  return (
    <Page
      title="Registries"
      below="Receivers get pushes from registries; with a registry's credential Stagecoach resolves tags and polls repositories. Git repositories have the files that name images, and declared kinds are the custom resources that do."
    >
      <ReceiversSection />
      <RegistriesSection />
      <PollsSection />
      <GitRepositoriesSection />
      <DeclaredKindsSection />
    </Page>
  );
}
