import { Switch, Textarea, TextInput } from "@mantine/core";
import type { Provider } from "@/api/contract";
import { settingWords, type SettingName, type SettingsDraft } from "./model";

interface SettingsFieldsProps {
  provider: Provider;
  draft: SettingsDraft;
  onChange: (draft: SettingsDraft) => void;
  faultOf: (field: string) => string | undefined;
}

/** The settings that this provider uses. */
export function SettingsFields({ provider, draft, onChange, faultOf }: SettingsFieldsProps) {
  const needed = new Set(provider.needs.filter((group) => group.length === 1).flat());
  return (provider.settings as SettingName[]).map((name) => {
    const { label, description, example, as } = settingWords[name];
    const set = (value: string | boolean) => onChange({ ...draft, [name]: value });
    if (as === "switch")
      return (
        <Switch
          key={name}
          label={label}
          description={description}
          checked={draft[name] === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      );
    const shared = {
      label,
      description,
      placeholder: example,
      required: needed.has(name),
      error: faultOf(`settings.${name}`),
      value: typeof draft[name] === "string" ? draft[name] : "",
    };
    return as === "line" ? (
      <TextInput key={name} {...shared} onChange={(event) => set(event.currentTarget.value)} />
    ) : (
      <Textarea
        key={name}
        {...shared}
        rows={3}
        resize="vertical"
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  });
}
