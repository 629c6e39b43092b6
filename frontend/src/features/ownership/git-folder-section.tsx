import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { GitFolder } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { useSetGitFolder } from "./mutations";
import classes from "./ownership.module.css";

// Only some ever open it.
const GitFolderDialog = lazy(async () => ({ default: (await import("./git-folder-dialog")).GitFolderDialog }));

interface GitFolderSectionProps {
  application: string;
  environment: string;
  clusters: readonly string[];
}

/** Where imports into an environment are written: to the clusters, or as files to a folder in Git. */
export function GitFolderSection(props: GitFolderSectionProps) {
  const settings = useQuery(appEnvironmentQuery(props.application, props.environment));
  return (
    <Section title="Git folder">
      <Loaded query={settings} what="the Git folder">
        {({ git_folder }) => <Folder {...props} folder={git_folder} />}
      </Loaded>
    </Section>
  );
}

type Open = "set" | "remove";

function Folder({ application, environment, clusters, folder }: GitFolderSectionProps & { folder: GitFolder | null }) {
  const [open, setOpen] = useState<Open | null>(null);
  const remove = useSetGitFolder(application, environment);
  const close = () => {
    remove.reset();
    setOpen(null);
  };
  return (
    <div className={`${classes.groups} ${classes.group}`}>
      {folder === null ? (
        <p className={classes.happens}>
          Imports are written to the clusters. Where Flux, Argo CD or a CI job delivers from a folder in Git, set it
          here: imports then write files there.
        </p>
      ) : (
        <Where folder={folder} />
      )}
      <Group gap="xs">
        {/* It is written with a credential that belongs to no application. */}
        <RightButton needs="administer" size="compact-sm" variant="default" onClick={() => setOpen("set")}>
          {folder === null ? "Set the Git folder" : "Change the Git folder"}
        </RightButton>
        {folder === null ? null : (
          <RightButton
            needs="administer"
            at={{ application, environment }}
            size="compact-sm"
            variant="default"
            onClick={() => setOpen("remove")}
          >
            Take it away
          </RightButton>
        )}
      </Group>
      {open === "set" ? (
        <Suspense fallback={null}>
          <GitFolderDialog
            application={application}
            environment={environment}
            clusters={clusters}
            folder={folder}
            onClose={close}
          />
        </Suspense>
      ) : null}
      {open === "remove" ? (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Take the Git folder away from ${environment}?`}
          action="Take it away"
          destructive={false}
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(null, { onSuccess: close })}
        >
          Imports write to the clusters again. The files in Git stay as they are.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}

function Where({ folder: { repository, branch, path, paths } }: { folder: GitFolder }) {
  const own = Object.entries(paths);
  return (
    <>
      <p className={classes.happens}>
        Imports write files to <code>{path}</code> on {branch} of {repository}, unless an import chooses the clusters.
      </p>
      {own.length > 0 ? (
        <ul className={classes.names} aria-label="Clusters with a folder of their own">
          {own.map(([cluster, each]) => (
            <li key={cluster}>
              {cluster}: <code>{each}</code>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
