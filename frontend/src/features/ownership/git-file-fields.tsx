import { Fieldset, Group, NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import type { GitRepository } from "@/api/contract";
import { capitalised } from "@/lib/words";
import {
  formTitle,
  layouts,
  valuesKey,
  valuesOf,
  type FileDraft,
  type ImagePart,
  type Layout,
  type NamedWorkload,
  type ValuesDraft,
} from "./git-file";
import { OwnPaths, RepositoryAndBranch, StoredRepositories } from "./git-place-fields";

interface GitFileFieldsProps {
  draft: FileDraft;
  onChange: (draft: FileDraft) => void;
  workloads: readonly NamedWorkload[];
  clusters: readonly string[];
}

const forms = Object.entries(formTitle).map(([value, label]) => ({ value, label }));

/** The file of a stored Git repository that names the images of workloads. */
export function GitFileFields(props: GitFileFieldsProps) {
  return <StoredRepositories kind="file">{(stored) => <Fields {...props} stored={stored} />}</StoredRepositories>;
}

interface FieldsProps extends GitFileFieldsProps {
  stored: readonly GitRepository[];
}

function Fields({ draft, onChange, workloads, clusters, stored }: FieldsProps) {
  const set = (changes: Partial<FileDraft>) => onChange({ ...draft, ...changes });
  return (
    <Stack gap="sm">
      <RepositoryAndBranch
        stored={stored}
        repository={draft.repository}
        branch={draft.branch}
        onChange={set}
        written="New images"
        delivered="the workloads"
      />
      <TextInput
        label="File"
        description="From the root of the repository"
        placeholder={draft.form === "kustomization" ? "apps/shop/kustomization.yaml" : "apps/shop/values.yaml"}
        required
        spellCheck={false}
        value={draft.path}
        onChange={(event) => set({ path: event.currentTarget.value })}
      />
      <Radio.Group label="What the file is" value={draft.form} onChange={(form) => set({ form: form })}>
        <Stack gap={6} mt={6}>
          {forms.map((each) => (
            <Radio key={each.value} {...each} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.form === "values"
        ? workloads.map((workload) => (
            <WorkloadValues
              key={`${workload.resource.kind}/${workload.resource.name}`}
              workload={workload}
              draft={draft}
              onChange={onChange}
            />
          ))
        : null}
      <OwnPaths
        kind="file"
        clusters={clusters}
        path={draft.path}
        paths={draft.paths}
        onChange={(paths) => set({ paths })}
      >
        All clusters that share a file get its images at the same time, whatever rings there are.
      </OwnPaths>
    </Stack>
  );
}

interface WorkloadValuesProps {
  workload: NamedWorkload;
  draft: FileDraft;
  onChange: (draft: FileDraft) => void;
}

/** Where a values file has the images of a workload, container by container. */
function WorkloadValues({ workload: { resource, containers }, draft, onChange }: WorkloadValuesProps) {
  const set = (container: string, changed: ValuesDraft) =>
    onChange({ ...draft, values: { ...draft.values, [valuesKey(resource, container)]: changed } });
  return containers.map(({ name }) => (
    <Fieldset key={name} legend={`Container ${name} of ${resource.kind}/${resource.name}`}>
      <ImagePaths values={valuesOf(draft, resource, name)} onChange={(changed) => set(name, changed)} />
    </Fieldset>
  ));
}

function ImagePaths({ values, onChange }: { values: ValuesDraft; onChange: (values: ValuesDraft) => void }) {
  return (
    <Stack gap="xs">
      <NativeSelect
        label="What the file names"
        data={Object.entries(layouts).map(([value, { title }]) => ({ value, label: title }))}
        value={values.layout}
        onChange={(event) => onChange({ ...values, layout: event.currentTarget.value as Layout })}
      />
      <Group grow align="flex-end">
        {layouts[values.layout].parts.map((part) => (
          <TextInput
            key={part}
            label={
              part === "reference" ? "Path" : `${capitalised(part)}${part === "digest" ? ", if it has a path" : ""}`
            }
            placeholder={placeholders[part]}
            spellCheck={false}
            value={values[part]}
            onChange={(event) => onChange({ ...values, [part]: event.currentTarget.value })}
          />
        ))}
      </Group>
    </Stack>
  );
}

const placeholders: Record<ImagePart, string> = {
  reference: "image",
  registry: "image.registry",
  repository: "image.repository",
  tag: "image.tag",
  digest: "image.digest",
};
