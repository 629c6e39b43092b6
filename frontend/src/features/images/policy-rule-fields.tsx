import { Autocomplete, Button, Checkbox, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import classes from "./images.module.css";
import { kindWords, lackOf, newestFor, newestWords, ruleSentence, type RuleDraft, type SelectKind } from "./model";

export interface Running {
  container: string;
  repository: string;
}

interface PolicyRuleProps {
  number: number;
  rule: RuleDraft;
  /** The running containers and repositories, as suggestions. */
  running: readonly Running[];
  readOnly: boolean;
  onChange: (rule: RuleDraft) => void;
  onRemove: () => void;
}

const kinds = Object.entries(kindWords).map(([value, label]) => ({ value: value as SelectKind, label }));

/** A rule: its containers, the tags that it accepts, and which of them is the newest; summarised in a sentence above. */
export function PolicyRuleFields({ number, rule, running, readOnly, onChange, onRemove }: PolicyRuleProps) {
  const set = (changes: Partial<RuleDraft>) => onChange({ ...rule, ...changes });
  const setKind = (kind: SelectKind) =>
    set({ kind, newestBy: newestFor(kind).includes(rule.newestBy) ? rule.newestBy : "push" });
  return (
    <li>
      <fieldset className={classes.rule} disabled={readOnly} aria-label={`Rule ${number}`}>
        <div className={classes.ruleHead}>
          <p>{ruleSentence(rule)}</p>
          {readOnly ? null : (
            <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>
              Remove<span className="sc-unseen"> rule {number}</span>
            </Button>
          )}
        </div>
        <div className={classes.pair}>
          <Autocomplete
            label="Container"
            placeholder="Every container"
            data={[...new Set(running.map(({ container }) => container))]}
            value={rule.container}
            onChange={(container) => set({ container })}
          />
          <Autocomplete
            label="Repository"
            placeholder="Every repository"
            data={[...new Set(running.map(({ repository }) => repository))]}
            value={rule.repository}
            onChange={(repository) => set({ repository })}
          />
        </div>
        <div className={classes.pair}>
          <Select
            label="Accepts"
            allowDeselect={false}
            data={kinds}
            value={rule.kind}
            onChange={(kind) => kind && setKind(kind)}
          />
          <SelectFields rule={rule} set={set} />
        </div>
        <div className={classes.pair}>
          <Select
            label="Newest"
            allowDeselect={false}
            data={newestFor(rule.kind).map((value) => ({ value, label: newestWords[value] }))}
            value={rule.newestBy}
            onChange={(newestBy) => newestBy && set({ newestBy: newestBy })}
          />
          <TagsInput
            label="Deny"
            description="Patterns, such as *-rc*. They override all other fields."
            splitChars={[",", " "]}
            value={rule.deny}
            onChange={(deny) => set({ deny })}
          />
        </div>
        <div className={classes.pair}>
          <TagsInput
            label="Allow"
            description="At least one pattern must match. Leave empty to allow all tags."
            splitChars={[",", " "]}
            value={rule.allow}
            onChange={(allow) => set({ allow })}
          />
          <Switch
            label="Allow downgrades"
            description="If off, versions lower than the running one are refused."
            checked={rule.allowDowngrade}
            onChange={(event) => set({ allowDowngrade: event.currentTarget.checked })}
          />
        </div>
      </fieldset>
    </li>
  );
}

/** The fields of the selected kind. */
function SelectFields({ rule, set }: { rule: RuleDraft; set: (changes: Partial<RuleDraft>) => void }) {
  const lack = lackOf(rule) ?? undefined;
  switch (rule.kind) {
    case "any":
      return null;
    case "exact":
      return (
        <TagsInput
          label="Tags"
          required
          description={lack}
          splitChars={[",", " "]}
          value={rule.tags}
          onChange={(tags) => set({ tags })}
        />
      );
    case "glob":
    case "regex":
      return (
        <TextInput
          label={rule.kind === "glob" ? "Pattern" : "Expression"}
          required
          description={
            rule.kind === "glob" ? "* matches any text, ? any single character." : "Must match the whole tag."
          }
          placeholder={rule.kind === "glob" ? "release-*" : "build-([0-9]+)"}
          value={rule.pattern}
          onChange={(event) => set({ pattern: event.currentTarget.value })}
        />
      );
    case "semver":
      return (
        <div className={classes.column}>
          <TextInput
            label="Range"
            required
            placeholder="^1.4.0"
            value={rule.range}
            onChange={(event) => set({ range: event.currentTarget.value })}
          />
          <Checkbox
            label="Include prereleases"
            checked={rule.prereleases}
            onChange={(event) => set({ prereleases: event.currentTarget.checked })}
          />
        </div>
      );
  }
}
